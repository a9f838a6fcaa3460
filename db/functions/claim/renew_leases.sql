-- A lease is short, so that a dead worker's calls are found out soon; who lives and still waits for an answer says so.
create or replace function basepool.renew_leases(p_worker text, p_attempts uuid [])
returns setof uuid
language sql
volatile
security definer
set search_path = ''
as $$
  with renewed as (
    -- written only when a third of the time is gone: workers ask more often than that
    update basepool.attempts as a
    set answer_due_at = basepool.now() + s.lease_time
    from basepool.settings as s
    where
      a.id = any(p_attempts) and a.worker = p_worker and a.state = 'submitting'
      and a.answer_due_at < basepool.now() + s.lease_time * 2 / 3
    returning a.id
  )

  select r.id from renewed as r
  union
  select a.id from basepool.attempts as a
  where a.id = any(p_attempts) and a.worker = p_worker and a.state = 'submitting'
$$;

revoke all on function basepool.renew_leases(text, uuid []) from public, anon, authenticated, service_role;
grant execute on function basepool.renew_leases(text, uuid []) to basepool_glue;

comment on function basepool.renew_leases(text, uuid []) is
'Extends the leases of p_worker on p_attempts, calls that are still under way, by settings.lease_time. Returns those that it
still holds; one that is missing was taken over: it counts as lost and is found out by others.';
