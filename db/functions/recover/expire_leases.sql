-- A worker that died between its claim and its answer leaves an attempt behind. Whether it had sent its request nobody knows,
-- so the attempt becomes unknown, keeps its seat, is not repeated, and whoever lives finds out what became of it.
create or replace function basepool.expire_leases(p_max integer default 500)
returns integer
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_attempt uuid;
  v_count integer := 0;
begin
  for v_attempt in
    update basepool.seats as s
    set
      state = 'unknown',
      error = format('worker %s gave no answer in time', s.worker),
      decision = 'find out whether it exists; it keeps its seat and is not repeated'
    from (
      select d.id from basepool.seats as d
      where d.attempt_id is not null and d.state = 'submitting' and d.answer_due_at <= v_now
      order by d.answer_due_at
      limit p_max
      for no key update skip locked
    ) as due
    where s.id = due.id
    returning s.attempt_id
  loop
    perform basepool._lose_attempt(v_attempt, false, v_now);
    v_count := v_count + 1;
  end loop;
  return v_count;
end
$$;

revoke all on function basepool.expire_leases(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.expire_leases(integer) to basepool_glue;

comment on function basepool.expire_leases(integer) is
'Marks up to p_max calls that nobody answered for within settings.lease_time as unknown, to be searched for. Returns how many.
Part of the job cleanup.';
