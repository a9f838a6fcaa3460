-- Recomputed from the attempts, never added to: a run that is repeated or missed changes nothing in the sums. The tokens' own
-- counters follow, so that no claim has to write them.
create or replace function basepool._roll_up_token_stats(p_hours integer default 48)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_since constant timestamptz := date_trunc('hour', basepool.now() - p_hours * interval '1 hour', 'UTC');
  v_before jsonb;
  v_count integer;
begin
  -- one at a time: what two counted at once would be counted twice
  lock table basepool.token_stats in share row exclusive mode;
  select coalesce(jsonb_object_agg(s.token_id, s.leases), '{}') into v_before
  from (select t.token_id, sum(t.leases) as leases from basepool.token_stats as t where t.hour >= v_since group by 1) as s;

  insert into basepool.token_stats as s (
    token_id, account_id, hour, leases, succeeded, failed, canceled, rejected, open, predict_seconds, errors
    , queue_p50, queue_p95, submit_p50, submit_p95, predict_p50, predict_p95
  )
  select
    h.token_id, h.account_id, h.hour, h.leases, h.succeeded, h.failed, h.canceled, h.rejected, h.open, h.predict_seconds
    , h.errors, h.queue_p50, h.queue_p95, h.submit_p50, h.submit_p95, h.predict_p50, h.predict_p95
  from basepool._measure_attempts(v_since, interval '1 hour') as h
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

  with direct as (
    delete from basepool.direct_uses as d returning d.token_id, d.used_at
  ),

  used as (
    select u.token_id, sum(u.uses)::integer as uses, max(u.last_at) as last_at
    from (
      select d.token_id, count(*) as uses, max(d.used_at) as last_at from direct as d group by 1
      union all
      select s.token_id, sum(s.leases) - coalesce((v_before ->> s.token_id::text)::bigint, 0), null
      from basepool.token_stats as s where s.hour >= v_since group by s.token_id
      union all
      select s.token_id, 0, max(s.leased_at) from basepool.seats as s group by 1
    ) as u
    group by u.token_id
  )

  update public.replicate_tokens as t
  set request_count = coalesce(t.request_count, 0) + u.uses, last_used_at = greatest(t.last_used_at, u.last_at)
  from used as u
  where t.id = u.token_id and (u.uses > 0 or u.last_at > coalesce(t.last_used_at, '-infinity'));
  return v_count;
end
$$;

revoke all on function basepool._roll_up_token_stats(integer) from public, anon, authenticated, service_role;

comment on function basepool._roll_up_token_stats(integer) is
'Counts the attempts leased within p_hours, and since the hour began, per token and hour (UTC) into basepool.token_stats, and
brings request_count and last_used_at of the tokens up to date. Returns how many rows were written. Part of the job rollup.
For the owner and basepool.run_job.';
