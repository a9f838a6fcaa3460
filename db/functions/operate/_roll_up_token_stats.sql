-- Recomputed from the attempts, never added to: a run that is repeated or missed changes nothing in the sums. Only the hours in
-- which something has changed; the others are as they were. The tokens' own counters follow, so that no claim writes them.
create or replace function basepool._roll_up_token_stats(p_hours integer default 48)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_since timestamptz;
  v_changed timestamptz[];
  v_before jsonb;
  v_count integer;
begin
  -- one at a time: what two counted at once would be counted twice
  lock table basepool.token_stats in share row exclusive mode;
  -- what was committed while the last run read may have ended some time before
  select greatest(v_now - p_hours * interval '1 hour', max(s.counted_at) - interval '10 minutes') into v_since
  from basepool.token_stats as s;
  select array_agg(distinct c.hour) into v_changed
  from (
    select date_trunc('hour', a.leased_at, 'UTC') as hour from basepool.attempts as a where a.finished_at >= v_since
    union all
    select date_trunc('hour', s.leased_at, 'UTC') from basepool.seats as s where s.attempt_id is not null
    union all
    select s.hour from basepool.token_stats as s where s.is_stale
  ) as c;

  select coalesce(jsonb_object_agg(s.token_id, s.leases), '{}') into v_before
  from (
    select t.token_id, sum(t.leases) as leases from basepool.token_stats as t where t.hour = any(v_changed) group by 1
  ) as s;
  insert into basepool.token_stats as s (
    token_id, account_id, hour, leases, succeeded, failed, canceled, rejected, open, predict_seconds, errors
    , queue_p50, queue_p95, submit_p50, submit_p95, predict_p50, predict_p95, counted_at
  )
  select
    h.token_id, h.account_id, h.hour, h.leases, h.succeeded, h.failed, h.canceled, h.rejected, h.open, h.predict_seconds
    , h.errors, h.queue_p50, h.queue_p95, h.submit_p50, h.submit_p95, h.predict_p50, h.predict_p95, v_now
  from basepool._measure_attempts((select min(c.hour) from unnest(v_changed) as c (hour)), interval '1 hour', v_changed) as h
  on conflict (token_id, hour) do update
  set
    account_id = excluded.account_id,
    leases = excluded.leases,
    succeeded = excluded.succeeded,
    failed = excluded.failed,
    canceled = excluded.canceled,
    rejected = excluded.rejected,
    open = excluded.open,
    predict_seconds = excluded.predict_seconds,
    errors = excluded.errors,
    queue_p50 = excluded.queue_p50,
    queue_p95 = excluded.queue_p95,
    submit_p50 = excluded.submit_p50,
    submit_p95 = excluded.submit_p95,
    predict_p50 = excluded.predict_p50,
    predict_p95 = excluded.predict_p95,
    counted_at = excluded.counted_at,
    is_stale = false;
  get diagnostics v_count = row_count;

  perform basepool._count_uses(v_changed, v_before);
  return v_count;
end
$$;

revoke all on function basepool._roll_up_token_stats(integer) from public, anon, authenticated, service_role;

comment on function basepool._roll_up_token_stats(integer) is
'Counts the attempts per token and hour (UTC) of their lease into basepool.token_stats, for the hours in which something has
changed since the last run, and those of the last p_hours at first; brings request_count and last_used_at of the tokens up to
date. Returns how many rows were written. Part of the job rollup. For the owner and basepool.run_job.';
