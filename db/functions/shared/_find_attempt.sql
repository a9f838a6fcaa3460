-- An attempt is where it runs or, once it is over, in the history.
create or replace function basepool._find_attempt(p_attempt uuid)
returns basepool.attempts
language sql
stable
set search_path = ''
as $$
  select a.* from basepool._all_attempts() as a where a.id = p_attempt and a.seat_id = basepool._seat_of(p_attempt)
$$;

revoke all on function basepool._find_attempt(uuid) from public, anon, authenticated, service_role;

comment on function basepool._find_attempt(uuid) is
'An attempt, in flight or over; null where there is none.';
