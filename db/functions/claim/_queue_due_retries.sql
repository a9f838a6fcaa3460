-- A retry comes back to its old place, but never before the marks: nobody looks there any more.
create or replace function basepool._queue_due_retries(p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  update basepool.queue as q
  set run_after = case when q.gate is not null then 'infinity'::timestamptz end, tag = greatest(q.tag, m.floor)
  from (
    select d.generation_id from basepool.queue as d
    where d.run_after <= p_now
    order by d.run_after
    limit 1000
    for update skip locked
  ) as due
  cross join basepool.marks as m
  where q.generation_id = due.generation_id and m.priority = q.priority;
end
$$;

revoke all on function basepool._queue_due_retries(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._queue_due_retries(timestamptz) is
'Has up to 1000 retries wait with the others whose time has come at p_now.';
