-- max_in_flight is as many rows as it says; weight and being away change the turns that they have. Nobody but claims waits for
-- a limiter: where one is leasing at this moment, what is left to do is done by the cleanup.
create or replace function basepool._sync_seats()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_turns constant text := 'basepool.turns_' || coalesce(new.id, old.id);
begin
  if tg_op = 'DELETE' then
    execute format('drop sequence if exists %s', v_turns);
    return null;
  elsif tg_op = 'INSERT' then
    execute format('create sequence if not exists %s', v_turns);
    perform setval(v_turns::regclass, greatest(1, basepool._current_turn(new.id) * new.weight / 1000000), false);
  end if;

  insert into basepool.seats (id, token_id, turn)
  select new.id * 1000 + n.number, new.id, nextval(v_turns::regclass) * (1000000 / new.weight)
  from generate_series(0, new.max_in_flight - 1) as n (number)
  where not exists (select from basepool.seats as s where s.id = new.id * 1000 + n.number)
  -- the turns are drawn after it: a join may bring them in any order
  order by n.number;

  if tg_op = 'UPDATE' then
    if new.max_in_flight < old.max_in_flight then
      update public.replicate_tokens as t set has_surplus_seats = true where t.id = new.id;
    end if;
    perform basepool._remove_surplus_seats(new.id);
    if new.weight <> old.weight or new.is_active and not coalesce(old.is_active, false) then
      perform from basepool.limiters as l where l.account_id = new.account_id for no key update skip locked;
      if found then
        perform basepool._join_round(new.id);
      end if;
    end if;
  end if;
  return null;
end
$$;

revoke all on function basepool._sync_seats() from public, anon, authenticated, service_role;

comment on function basepool._sync_seats() is
'Trigger, after a token was added, removed, enabled or its limits changed: gives it the seats and turns it is to have.
Definer: the app''s server may change its tokens, but has no rights on seats.';
