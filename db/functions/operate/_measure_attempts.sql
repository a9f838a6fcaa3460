-- What has just been is counted attempt by attempt, so that a window may begin at any moment.
create or replace function basepool._measure_attempts(p_since timestamptz)
returns table (
  token_id integer,
  account_id bigint,
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
-- without a value for p_since a third of all seems to be asked for; what costs so much to the planner it would also compile
set enable_seqscan = off
set jit = off
as $$
  with seen as materialized (
    select
      a.token_id, a.account_id, a.state, a.finished_at, a.error_rule, a.predict_seconds::double precision as predict_seconds
      , extract(epoch from a.leased_at - a.queued_at)::double precision as queue_seconds
      , extract(epoch from a.submitted_at - a.leased_at)::double precision as submit_seconds
      , a.predict_seconds as charged
    from basepool._all_attempts() as a
    -- what ended before was leased before; that is what the index knows
    where a.leased_at >= p_since and (a.finished_at >= p_since or a.finished_at is null)
  ),

  errors as materialized (
    select e.token_id, jsonb_object_agg(e.error_rule, e.times) as counts
    from (
      select s.token_id, s.error_rule, count(*) as times
      from seen as s
      where s.error_rule is not null
      group by s.token_id, s.error_rule
    ) as e
    group by e.token_id
  )

  select
    s.token_id,
    max(s.account_id),
    count(*)::integer,
    (count(*) filter (where s.state = 'succeeded'))::integer,
    (count(*) filter (where s.state = 'failed'))::integer,
    (count(*) filter (where s.state in ('canceled', 'aborted')))::integer,
    (count(*) filter (where s.state = 'rejected'))::integer,
    (count(*) filter (where s.finished_at is null))::integer,
    coalesce(sum(s.charged), 0),
    coalesce((select e.counts from errors as e where e.token_id = s.token_id), '{}'),
    round((percentile_cont(0.5) within group (order by s.queue_seconds))::numeric, 3),
    round((percentile_cont(0.95) within group (order by s.queue_seconds))::numeric, 3),
    round((percentile_cont(0.5) within group (order by s.submit_seconds))::numeric, 3),
    round((percentile_cont(0.95) within group (order by s.submit_seconds))::numeric, 3),
    round((percentile_cont(0.5) within group (order by s.predict_seconds))::numeric, 3),
    round((percentile_cont(0.95) within group (order by s.predict_seconds))::numeric, 3)
  from seen as s
  group by s.token_id
$$;

revoke all on function basepool._measure_attempts(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._measure_attempts(timestamptz) is
'Counts the attempts leased since p_since, per token: outcomes, seconds charged, error rules, and the 50th and 95th percentile of
the seconds waited, submitting and predicting, exactly. It reads each of them: for windows of an hour or two.';
