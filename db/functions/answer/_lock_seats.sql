-- All of a call are locked first, in one order, so that two calls with the same ones can't wait for each other.
create or replace function basepool._lock_seats(p_items jsonb)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform from basepool.seats as s
  inner join (
    select distinct j.attempt_id from basepool._parse_items(p_items, null) as j
  ) as i on s.id = basepool._seat_of(i.attempt_id) and s.attempt_id = i.attempt_id
  order by s.id
  for no key update of s;
end
$$;

revoke all on function basepool._lock_seats(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._lock_seats(jsonb) is
'Locks the seats of the attempts that p_items name.';
