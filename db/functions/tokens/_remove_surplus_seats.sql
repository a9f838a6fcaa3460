-- What is in flight when max_in_flight is lowered goes on where it is; until it has ended, leases are counted (_open_tokens).
create or replace function basepool._remove_surplus_seats(p_token integer default null)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_token public.replicate_tokens;
  v_count integer := 0;
begin
  for v_token in
    select t.* from public.replicate_tokens as t
    inner join basepool.limiters as l on l.account_id = t.account_id
    where t.has_surplus_seats and (p_token is null or t.id = p_token)
    for no key update skip locked
  loop
    delete from basepool.seats as s
    where
      s.id between v_token.id * 1000 + v_token.max_in_flight and v_token.id * 1000 + 999
      and s.attempt_id is null;
    if not exists (
      select from basepool.seats as s
      where s.id between v_token.id * 1000 + v_token.max_in_flight and v_token.id * 1000 + 999
    ) then
      update public.replicate_tokens as t set has_surplus_seats = false where t.id = v_token.id;
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;

revoke all on function basepool._remove_surplus_seats(integer) from public, anon, authenticated, service_role;

comment on function basepool._remove_surplus_seats(integer) is
'Removes the free seats beyond max_in_flight of a token (null: of all), and notes when none is left. Returns for how many
tokens that is so. Part of the job cleanup.';
