-- A worker that died between its claim and its answer leaves an attempt behind. Whether it had sent its request nobody knows,
-- so the attempt becomes unknown, keeps its slot, is not repeated, and whoever lives finds out what became of it.
create or replace function basepool.expire_leases(p_max integer default 500)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_count integer;
begin
  update basepool.attempts as a
  set
    state = 'unknown',
    -- a worker that only slept may still send until its call's time is over
    lost_at = greatest(basepool.now(), a.leased_at + s.submit_timeout),
    search_at = basepool.now(),
    error = format('worker %s gave no answer in time', a.worker),
    decision = 'find out whether it exists; it keeps its slot and is not repeated'
  from (
    select d.id from basepool.attempts as d
    where d.state = 'submitting' and d.answer_due_at <= basepool.now()
    order by d.answer_due_at
    limit p_max
    for update skip locked
  ) as due
  cross join basepool.settings as s
  where a.id = due.id;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool.expire_leases(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.expire_leases(integer) to basepool_glue;

comment on function basepool.expire_leases(integer) is
'Marks up to p_max calls that nobody answered for within settings.lease_time as unknown, to be searched for. Returns how many.
Part of the job cleanup.';
