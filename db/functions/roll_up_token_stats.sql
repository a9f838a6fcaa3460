-- Recomputed from the attempts, never added to: a run that is repeated or missed changes nothing in the sums.
create or replace function basepool.roll_up_token_stats(p_hours integer default 48)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_count integer;
begin
  insert into basepool.token_stats as s
    (token_id, account_id, hour, leases, succeeded, failed, canceled, rejected, open, predict_seconds)
  select
    a.token_id,
    max(a.account_id),
    date_trunc('hour', a.leased_at, 'UTC'),
    count(*),
    count(*) filter (where a.state = 'succeeded'),
    count(*) filter (where a.state = 'failed'),
    count(*) filter (where a.state in ('canceled', 'aborted')),
    count(*) filter (where a.state = 'rejected'),
    count(*) filter (where a.slot_no is not null),
    coalesce(sum(a.predict_seconds), 0)
  from basepool.attempts as a
  where a.leased_at >= date_trunc('hour', basepool.now() - p_hours * interval '1 hour', 'UTC')
  group by a.token_id, date_trunc('hour', a.leased_at, 'UTC')
  on conflict (token_id, hour) do update
  set
    account_id = excluded.account_id,
    leases = excluded.leases,
    succeeded = excluded.succeeded,
    failed = excluded.failed,
    canceled = excluded.canceled,
    rejected = excluded.rejected,
    open = excluded.open,
    predict_seconds = excluded.predict_seconds;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool.roll_up_token_stats(integer) from public, anon, authenticated, service_role;

comment on function basepool.roll_up_token_stats(integer) is
'Counts the attempts of the last p_hours hours into basepool.token_stats, per token and hour. Returns the rows written. The job
rollup. For the owner and basepool.run_job.';
