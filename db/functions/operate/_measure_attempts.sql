-- One place counts attempts, for the hourly roll-up and for the window an operator asks for, so that the two agree.
create or replace function basepool._measure_attempts(
  p_since timestamptz,
  p_bucket interval,
  p_buckets timestamptz [] default null
)
returns table (
  token_id integer,
  account_id bigint,
  hour timestamptz,
  leases integer,
  succeeded integer,
  failed integer,
  canceled integer,
  rejected integer,
  open integer,
  predict_seconds numeric,
  errors jsonb,
  queue_p50 numeric,
  queue_p95 numeric,
  submit_p50 numeric,
  submit_p95 numeric,
  predict_p50 numeric,
  predict_p95 numeric
)
language sql
stable
set search_path = ''
as $$
  with seen as (
    select
      a.*,
      case when p_bucket is not null then date_bin(p_bucket, a.leased_at, '2000-01-01 00:00:00+00') end as bucket,
      extract(epoch from a.leased_at - a.queued_at) as queue_seconds,
      extract(epoch from a.submitted_at - a.leased_at) as submit_seconds
    from basepool._all_attempts() as a
    -- what ended before was leased before; that is what the index knows
    where
      a.leased_at >= p_since and (a.finished_at >= p_since or a.finished_at is null)
      and (p_buckets is null or date_bin(p_bucket, a.leased_at, '2000-01-01 00:00:00+00') = any(p_buckets))
  ),

  errors as materialized (
    select e.token_id, e.bucket, jsonb_object_agg(e.error_rule, e.times) as counts
    from (
      select s.token_id, s.bucket, s.error_rule, count(*) as times
      from seen as s
      where s.error_rule is not null
      group by s.token_id, s.bucket, s.error_rule
    ) as e
    group by e.token_id, e.bucket
  )

  select
    s.token_id,
    max(s.account_id),
    s.bucket,
    count(*)::integer,
    (count(*) filter (where s.state = 'succeeded'))::integer,
    (count(*) filter (where s.state = 'failed'))::integer,
    (count(*) filter (where s.state in ('canceled', 'aborted')))::integer,
    (count(*) filter (where s.state = 'rejected'))::integer,
    (count(*) filter (where s.finished_at is null))::integer,
    coalesce(sum(s.predict_seconds), 0),
    coalesce((
      select e.counts from errors as e where e.token_id = s.token_id and e.bucket is not distinct from s.bucket
    ), '{}'),
    round((percentile_cont(0.5) within group (order by s.queue_seconds))::numeric, 3),
    round((percentile_cont(0.95) within group (order by s.queue_seconds))::numeric, 3),
    round((percentile_cont(0.5) within group (order by s.submit_seconds))::numeric, 3),
    round((percentile_cont(0.95) within group (order by s.submit_seconds))::numeric, 3),
    round((percentile_cont(0.5) within group (order by s.predict_seconds))::numeric, 3),
    round((percentile_cont(0.95) within group (order by s.predict_seconds))::numeric, 3)
  from seen as s
  group by s.token_id, s.bucket
$$;

revoke all on function basepool._measure_attempts(timestamptz, interval, timestamptz[])
from public, anon, authenticated, service_role;

comment on function basepool._measure_attempts(timestamptz, interval, timestamptz[]) is
'Counts the attempts leased since p_since, per token and bucket of p_bucket (null: one bucket), or only in p_buckets:
outcomes, seconds charged, error rules, and the 50th and 95th percentile of the seconds waited, submitting and predicting.';
