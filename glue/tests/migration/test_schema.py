"""db/schema.sql is what an empty database gets, and nothing that a review should see escapes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from basepool.errors import SetupError
from dev.devserver import DevServer
from dev.schema import SCHEMA, describe

_CHANGES = {
    "a column": "alter table public.generations add column mood text",
    "a type": "alter table public.generations alter column prompt type varchar(9)",
    "a default": "alter table public.generations alter column cost_credits set default 2",
    "not null": "alter table public.generations alter column prompt set not null",
    "a collation": 'alter table public.generations alter column prompt type text collate "POSIX"',
    "storage": "alter table public.generations alter column prompt set storage external",
    "compression": "alter table public.generations alter column prompt set compression pglz",
    "statistics": "alter table public.generations alter column status set statistics 500",
    "a column's option": "alter table public.generations alter column status set (n_distinct = 6)",
    "fillfactor": "alter table public.generations set (fillfactor = 70)",
    "persistence": "alter table basepool.webhook_events set unlogged",
    "replica identity": "alter table public.generations replica identity full",
    "a check": "alter table public.generations add check (cost_credits >= 0)",
    "a foreign key's action": "alter table basepool.queue add foreign key (user_id) references basepool.user_limits"
    " on delete cascade",
    "an index": "create index on public.generations (model_id)",
    "an index's condition": "drop index public.generations_active_idx; create index generations_active_idx"
    " on public.generations (created_at) where status in ('pending', 'processing')",
    "a trigger": "create trigger again after insert on public.generations execute function basepool._mark_settled()",
    "a disabled trigger": "alter table public.generations disable trigger mark_settled",
    "a policy": "create policy everybody on public.generations for select to anon using (true)",
    "whom a policy is for": "alter policy users_see_their_own on public.generations to anon",
    "row level security": "alter table public.generations disable row level security",
    "forced row level security": "alter table public.generations force row level security",
    "volatility": "alter function basepool.health() immutable",
    "definer": "alter function basepool.health() security invoker",
    "search_path": "alter function basepool.health() set search_path = public",
    "another setting": "alter function basepool.health() set work_mem = '64MB'",
    "no setting": "alter function basepool.health() reset all",
    "parallel": "alter function basepool.health() parallel safe",
    "strict": "alter function basepool.health() strict",
    "an argument's default": "create function public.f(a integer default 1) returns integer language sql as 'select a'",
    "who may execute": "grant execute on function basepool.health() to anon",
    "everybody may execute": "grant execute on function basepool.health() to public",
    "who may read": "grant select on basepool.accounts to service_role",
    "who may read a column": "grant select (prompt) on public.generations to anon",
    "who may pass it on": "grant select on public.generations to service_role with grant option",
    "a sequence": "alter sequence public.replicate_tokens_id_seq increment by 2",
    "who may use a sequence": "grant usage on sequence public.replicate_tokens_id_seq to anon",
    "who may use a schema": "grant usage on schema basepool to anon",
    "an enum": "create type basepool.mood as enum ('good', 'bad')",
    "who may use a type": "create type basepool.mood as enum ('good'); revoke all on type basepool.mood from public",
    "a schema's comment": "comment on schema basepool is 'ours'",
    "a table's comment": "comment on table basepool.queue is 'a queue'",
    "a column's comment": "comment on column basepool.queue.tag is 'a tag'",
    "a function's comment": "comment on function basepool.health() is 'Well.'",
    "a constraint's comment": "comment on constraint seats_taken_whole on basepool.seats is 'so'",
    "an index's comment": "comment on index basepool.queue_head_idx is 'so'",
    "a trigger's comment": "comment on trigger mark_settled on public.generations is 'so'",
    "a policy's comment": "comment on policy users_see_their_own on public.generations is 'so'",
}

_UNKNOWN_KINDS = {
    "materialized view basepool.peek": "create materialized view basepool.peek as select 1 as one",
    "type basepool.score": "create domain basepool.score as integer",
    "type basepool.pair": "create type basepool.pair as (a integer, b integer)",
    "basepool.p()": "create procedure basepool.p() language sql as ''",
    "statistics object basepool.pairs": "create statistics basepool.pairs on status, user_id from public.generations",
    "default privileges on new relations": "alter default privileges in schema basepool grant select on tables to anon",
}


@pytest.fixture(scope="module")
def connection(server: DevServer, template: str) -> Iterator[psycopg.Connection]:
    """A database of its own, in which nothing is committed."""
    url = server.create_database("described", template)
    with psycopg.connect(url) as connection:
        yield connection
        connection.rollback()
    server.drop_database("described")


@pytest.fixture(scope="module")
def before(connection: psycopg.Connection) -> str:
    """What is said when nothing has changed."""
    return describe(connection)


@pytest.fixture(autouse=True)
def nothing_stays(connection: psycopg.Connection) -> Iterator[None]:
    yield
    connection.rollback()


def test_the_committed_schema_is_what_an_empty_database_gets(connection: psycopg.Connection) -> None:
    assert SCHEMA.read_text(encoding="utf-8") == describe(connection), "run make schema and look at the difference"


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES)
def test_it_shows(connection: psycopg.Connection, before: str, change: str) -> None:
    connection.execute(change.encode())

    assert describe(connection) != before


@pytest.mark.parametrize(("name", "change"), _UNKNOWN_KINDS.items(), ids=_UNKNOWN_KINDS)
def test_what_it_could_not_show_is_an_error(connection: psycopg.Connection, name: str, change: str) -> None:
    connection.execute(change.encode())

    with pytest.raises(SetupError, match=re.escape(name)):
        describe(connection)


def test_it_does_not_depend_on_the_settings_of_who_asks(connection: psycopg.Connection, before: str) -> None:
    connection.execute(
        "set local search_path = public, basepool; set local intervalstyle = 'iso_8601'; set local role anon"
    )

    assert describe(connection) == before
