"""The diagrams of docs/states.md as sets of arrows, and the arrows that a database goes along."""

from __future__ import annotations

import re

import psycopg

from dev.devserver import PROJECT

Arrow = tuple[str, str]
NOTHING = "[*]"
"""Before the first state, and after the last."""

_DOCUMENT = PROJECT / "docs" / "states.md"
_ARROW = re.compile(r"^ *(\S+) --> ([^\s:]+)", re.M)
_GROUP = re.compile(r"^ *state (\w+) \{(.*?)^ *\}", re.M | re.S)

_WATCH = b"""
create table public.seen_arrows (thing text, came_from text, went_to text, primary key (thing, came_from, went_to));
create function public.watch_states() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  v_old text := case when tg_op = 'UPDATE' then to_jsonb(old) ->> tg_argv[1] end;
  v_new text := to_jsonb(new) ->> tg_argv[1];
begin
  if v_new is distinct from v_old then
    insert into public.seen_arrows values (tg_argv[0], coalesce(v_old, '[*]'), v_new) on conflict do nothing;
  end if;
  if to_jsonb(new) ->> tg_argv[2] is not null then
    insert into public.seen_arrows values (tg_argv[0], v_new, '[*]') on conflict do nothing;
  end if;
  return null;
end $$;
create trigger watch_states after insert or update on public.generations
for each row execute function public.watch_states('Generation', 'status', 'settled_at');
-- in flight an attempt is in its seat; its end is a row of the history, and what it was before is what it left in the seat
create function public.watch_seats() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  v_old text := case when tg_op = 'UPDATE' and old.attempt_id = new.attempt_id then old.state else '[*]' end;
begin
  if new.attempt_id is not null and new.state <> v_old then
    insert into public.seen_arrows values ('Attempt', v_old, new.state) on conflict do nothing;
  end if;
  return null;
end $$;
create trigger watch_states after insert or update on basepool.seats
for each row execute function public.watch_seats();
create function public.watch_ends() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  v_seat text := (select s.state from basepool.seats as s where s.id = new.seat_id);
  v_old text := case when tg_op = 'UPDATE' then old.state else v_seat end;
begin
  if new.state <> v_old then
    insert into public.seen_arrows values ('Attempt', v_old, new.state) on conflict do nothing;
  end if;
  insert into public.seen_arrows values ('Attempt', new.state, '[*]') on conflict do nothing;
  return null;
end $$;
create trigger watch_states after insert or update on basepool.attempts
for each row execute function public.watch_ends();
"""


def drawn(thing: str) -> set[Arrow]:
    """The arrows of a diagram; one from a group is one from each of its members."""
    [diagram] = re.findall(
        rf"^## {thing}$.*?^```mermaid\nstateDiagram-v2\n(.*?)^```$", _DOCUMENT.read_text(encoding="utf-8"), re.M | re.S
    )
    groups = {name: _members(body) for name, body in _GROUP.findall(diagram)}
    return {(member, end) for start, end in _ARROW.findall(diagram) for member in groups.get(start, {start})}


def _members(body: str) -> set[str]:
    lines = (line.partition(":")[0] for line in body.splitlines())
    return {state for line in lines for state in re.findall(r"\w+", line)}


def watch(connection: psycopg.Connection) -> None:
    """From now on, note every arrow that a generation or an attempt goes along."""
    connection.execute(_WATCH)


def seen(connection: psycopg.Connection) -> dict[str, set[Arrow]]:
    """What was noted."""
    arrows: dict[str, set[Arrow]] = {"Generation": set(), "Attempt": set()}
    for thing, came_from, went_to in connection.execute("select thing, came_from, went_to from public.seen_arrows"):
        arrows[thing].add((came_from, went_to))
    return arrows
