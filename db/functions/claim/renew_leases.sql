-- A lease is short, so that a dead worker's calls are found out soon; who lives and still waits for an answer says so.
create or replace function basepool.renew_leases(p_worker text, p_attempts uuid [])
returns setof uuid
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_lease_time constant interval := (select s.lease_time from basepool.settings as s);
  v_seats constant integer[] := array(select basepool._seat_of(a.id) from unnest(p_attempts) as a (id));
begin
  -- written only when a third of the time is gone: workers ask more often than that
  update basepool.seats as s
  set answer_due_at = v_now + v_lease_time
  where
    s.id = any(v_seats) and s.attempt_id = any(p_attempts) and s.worker = p_worker and s.state = 'submitting'
    and s.answer_due_at < v_now + v_lease_time * 2 / 3;
  -- what a webhook has told meanwhile, even its end, is not lost
  return query
    select s.attempt_id from basepool.seats as s
    where s.id = any(v_seats) and s.attempt_id = any(p_attempts) and s.worker = p_worker and s.state in ('submitting', 'running')
    union all
    select a.id from basepool.attempts as a
    where a.id = any(p_attempts) and a.worker = p_worker and a.prediction_id is not null;
end
$$;

revoke all on function basepool.renew_leases(text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function basepool.renew_leases(text, uuid[]) to basepool_glue;

comment on function basepool.renew_leases(text, uuid[]) is
'Extends the leases of p_worker on p_attempts, calls that are still under way, by settings.lease_time. Returns those of which
nothing is lost: it still holds them, or a webhook was faster than their answer. One that is missing was taken over: it counts
as lost and is found out by others.';
