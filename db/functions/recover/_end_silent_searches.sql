-- A worker that died in the middle of a list must not keep its account from being searched.
create or replace function basepool._end_silent_searches()
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
begin
  update basepool.searches as s
  set ended_at = v_now, error = format('worker %s fell silent', s.worker)
  from (
    select o.id from basepool.searches as o
    where o.ended_at is null and o.leased_until <= v_now
    for update skip locked
  ) as silent
  where s.id = silent.id;
end
$$;

revoke all on function basepool._end_silent_searches() from public, anon, authenticated, service_role;

comment on function basepool._end_silent_searches() is
'Ends the searches whose lease ran out. What they looked for is due as before: the next search looks for it.';
