-- Recomputed from the attempts, never added to: a run that is repeated or missed changes nothing in the sums.
create or replace function basepool._roll_up_token_stats(p_hours integer default 48)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into basepool.token_stats as s (
    token_id, account_id, hour, leases, succeeded, failed, canceled, rejected, open, predict_seconds, errors
    , queue_p50, queue_p95, submit_p50, submit_p95, predict_p50, predict_p95
  )
  select
    h.token_id, h.account_id, h.hour, h.leases, h.succeeded, h.failed, h.canceled, h.rejected, h.open, h.predict_seconds
    , h.errors, h.queue_p50, h.queue_p95, h.submit_p50, h.submit_p95, h.predict_p50, h.predict_p95
  from basepool._measure_attempts(
    date_trunc('hour', basepool.now() - p_hours * interval '1 hour', 'UTC'), interval '1 hour'
  ) as h
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
    predict_p95 = excluded.predict_p95;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool._roll_up_token_stats(integer) from public, anon, authenticated, service_role;

comment on function basepool._roll_up_token_stats(integer) is
'Counts the attempts of the last p_hours hours into basepool.token_stats, per token and hour. Returns the rows written. The job
rollup. For the owner and basepool.run_job.';
