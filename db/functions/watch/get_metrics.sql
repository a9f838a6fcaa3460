-- What a monitoring system asks for every few seconds: bounded, whatever the size, and without a label that grows with users.
create or replace function basepool.get_metrics()
returns table (name text, kind text, help text, labels jsonb, value double precision)
language plpgsql
volatile
security definer
set search_path = ''
set lock_timeout = '400ms'
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := basepool.now();
  v_stuck timestamptz;
  v_bounds constant double precision [] := basepool._bucket_bounds();
begin
  select v_now - s.stuck_after into v_stuck from basepool.settings as s;

  return query
  with own_series as (
    select u.model from basepool.model_uses as u order by u.uses desc, u.model limit 50
  ),

  token as materialized (
    select
      c.token_id::text as token, coalesce(a.username, 'account ' || a.id) as account, c.state, c.in_flight, t.max_in_flight
    from basepool._token_capacity(v_now) as c
    inner join public.replicate_tokens as t on t.id = c.token_id
    inner join basepool.accounts as a on a.id = c.account_id
  ),

  waits as materialized (
    select c.label::integer as bucket, c.value from basepool.counters as c where c.name = 'waits'
  ),

  sample (place, name, labels, value) as (
    select
      1, 'basepool_queue_waiting', '{}'::jsonb
      , (
        select count(*)
        from (select from basepool.queue as q where q.run_after is null order by q.priority, q.tag, q.place limit 100000) as w
      )::double precision
    union all
    select
      2, 'basepool_queue_delayed', '{}'
      , (select count(*) from (select from basepool.queue as q where q.run_after is not null order by q.run_after limit 100000) as w)
    union all
    select
      3, 'basepool_queue_oldest_seconds', '{}'
      -- of those that are next; behind them nobody waits who is older and could begin
      , coalesce(greatest(0, extract(epoch from v_now - min(f.queued_at))), 0)
    from basepool.marks as m
    cross join lateral (
      select q.queued_at from basepool.queue as q
      where q.run_after is null and q.priority = m.priority and (q.tag, q.place) >= (m.scan_from, m.scan_from_place)
      order by q.priority, q.tag, q.place
      limit 1000
    ) as f
    union all
    select 4, 'basepool_in_flight', jsonb_build_object('state', s.state), count(x.state)
    from (values ('submitting'), ('running'), ('unknown')) as s (state)
    left join (select o.state from basepool.seats as o where o.attempt_id is not null) as x on x.state = s.state
    group by s.state
    union all
    select 5, 'basepool_token_state', jsonb_build_object('token', t.token, 'account', t.account, 'state', t.state), 1
    from token as t
    union all
    select
      6, 'basepool_token_slots', jsonb_build_object('token', t.token, 'kind', k.kind)
      , case k.kind when 'used' then t.in_flight else t.max_in_flight end
    from token as t
    cross join (values ('used'), ('max')) as k (kind)
    union all
    select
      7, 'basepool_account_cooldown_until_timestamp_seconds', jsonb_build_object('account', coalesce(a.username, 'account ' || a.id))
      , extract(epoch from a.cooldown_until)
    from basepool.accounts as a
    where a.cooldown_until > v_now and a.cooldown_until < 'infinity'
    union all
    select
      8, 'basepool_account_credit'
      , jsonb_build_object('account', coalesce(a.username, 'account ' || a.id), 'state', a.credit), 1
    from basepool.accounts as a
    where exists (select from public.replicate_tokens as t where t.account_id = a.id)
    union all
    select 9, 'basepool_attempts_total', jsonb_build_object('outcome', c.label, 'model', c.model), c.value
    from basepool.counters as c
    where c.name = 'attempts' and (c.model = 'other' or c.model in (select o.model from own_series as o))
    union all
    (
      select 10, 'basepool_rejections_total', jsonb_build_object('rule', c.label), c.value
      from basepool.counters as c
      where c.name = 'rejections'
      order by c.value desc, c.label
      limit 200
    )
    union all
    select 11, 'basepool_predict_seconds_total', jsonb_build_object('model', c.model), c.value
    from basepool.counters as c
    where c.name = 'seconds' and (c.model = 'other' or c.model in (select o.model from own_series as o))
    union all
    select 12, 'basepool_webhooks_total', jsonb_build_object('outcome', c.label), c.value
    from basepool.counters as c
    where c.name = 'webhooks'
    union all
    select 13, 'basepool_results_total', jsonb_build_object('source', s.source), coalesce(c.value, 0)
    from (values ('webhook'), ('poll'), ('unordered')) as s (source)
    left join basepool.counters as c on c.name = 'results' and c.label = s.source
    union all
    select
      14, 'basepool_stuck', '{}'
      , (
        select count(*)
        from (
          select from public.generations as g
          where g.status in ('pending', 'queued', 'processing') and g.created_at <= v_stuck
          order by g.created_at limit 10000
        ) as o
      )
    union all
    select 15, 'basepool_unknown', '{}', (select count(*) from basepool.seats as s where s.attempt_id is not null and s.state = 'unknown')
    union all
    select 16, 'basepool_outputs_pending', '{}', sum(p.files)
    from (
      select (
        select count(*)
        from (
          select from basepool.output_files as f where f.state = 'waiting' and f.again_at is null order by f.deadline limit 10000
        ) as n
      ) as files
      union all
      select (
        select count(*)
        from (
          select from basepool.output_files as f where f.state = w.state and f.again_at > '-infinity' order by f.again_at limit 10000
        ) as n
      )
      from (values ('waiting'), ('storing')) as w (state)
    ) as p
    union all
    select 17, 'basepool_outputs_oldest_deadline_seconds', '{}', extract(epoch from min(d.deadline) - v_now)
    from (
      (
        select f.deadline from basepool.output_files as f where f.state = 'waiting' and f.again_at is null
        order by f.deadline limit 1
      )
      union all
      select n.deadline
      from (values ('waiting'), ('storing')) as w (state)
      cross join lateral (
        select f.deadline from basepool.output_files as f where f.state = w.state and f.again_at > '-infinity'
        order by f.again_at limit 1000
      ) as n
    ) as d
    having min(d.deadline) is not null
    union all
    select 18, 'basepool_job_last_success_timestamp_seconds', jsonb_build_object('job', j.name), extract(epoch from l.started_at)
    from basepool.jobs as j
    cross join lateral (
      select r.started_at
      from (
        select o.started_at, o.ok from basepool.job_runs as o where o.job = j.name order by o.started_at desc limit 1000
      ) as r
      where r.ok
      order by r.started_at desc
      limit 1
    ) as l
    union all
    select 19, 'basepool_job_period_seconds', jsonb_build_object('job', j.name), extract(epoch from basepool._job_period(j.schedule))
    from basepool.jobs as j
    where j.runs_in = 'database' and not basepool._is_switched_off(j.cron_job_id)
    union all
    select
      20, 'basepool_queue_wait_seconds_bucket', jsonb_build_object('le', b.le)
      , (select coalesce(sum(w.value), 0) from waits as w where b.le = '+Inf' or v_bounds[w.bucket + 1] <= b.le::double precision)
    from unnest(
      array['0.1', '0.25', '0.5', '1', '2.5', '5', '10', '25', '50', '100', '250', '500', '1000', '2500', '5000', '+Inf']
    ) as b (le)
    union all
    select 21, 'basepool_queue_wait_seconds_count', '{}', (select coalesce(sum(w.value), 0) from waits as w)
    union all
    select
      22, 'basepool_queue_wait_seconds_sum', '{}'
      , coalesce((select c.value from basepool.counters as c where c.name = 'waited' and c.label = '' and c.model = ''), 0)
  ),

  family (place, kind, help) as (
    values
    (1, 'gauge', 'Generations that could begin now, counted up to 100000.'),
    (2, 'gauge', 'Generations that wait for a time, a pause or room for their model, counted up to 100000.'),
    (3, 'gauge', 'How long the oldest of the 1000 generations that are next has waited.'),
    (4, 'gauge', 'Attempts in flight, by state.'),
    (5, 'gauge', '1 for the state that a token is in.'),
    (6, 'gauge', 'Seats of a token: how many are taken, and how many there are.'),
    (7, 'gauge', 'When the cooldown of an account ends; only while there is one.'),
    (8, 'gauge', '1 for what is known of an account''s credit: ok, low or none.'),
    (9, 'counter', 'Attempts that are over, by outcome and model; models beyond the 50 most used are other.'),
    (10, 'counter', 'Creates that Replicate refused, by the error rule that decided.'),
    (11, 'counter', 'Seconds that Replicate charges for, by model; models beyond the 50 most used are other.'),
    (12, 'counter', 'Webhooks that came, by what became of them.'),
    (13, 'counter', 'Results by how they came: by webhook, by asking though a webhook was ordered, or without one ordered.'),
    (14, 'gauge', 'Active generations that are older than settings.stuck_after, counted up to 10000.'),
    (15, 'gauge', 'Attempts whose answer was lost and that are looked for.'),
    (16, 'gauge', 'Output files that are not kept yet, counted up to 10000 of each kind.'),
    (17, 'gauge', 'Seconds until the first of the output files that are not kept yet is due; negative where it is late.'),
    (18, 'gauge', 'When a job of the database began last of those runs that went well.'),
    (19, 'gauge', 'How often a job of the database should run.'),
    (20, 'histogram', 'How long attempts had waited in the queue when they were leased.'),
    (21, 'histogram', 'How long attempts had waited in the queue when they were leased.'),
    (22, 'histogram', 'How long attempts had waited in the queue when they were leased.')
  )

  select s.name, f.kind, f.help, s.labels, s.value
  from sample as s
  inner join family as f on f.place = s.place
  order by s.place, s.labels ->> 'token', s.labels ->> 'account', s.labels ->> 'model'
    , case when s.labels ? 'le' then (replace(s.labels ->> 'le', '+Inf', 'Infinity'))::double precision end, s.labels::text;
end
$$;

revoke all on function basepool.get_metrics() from public, anon, authenticated, service_role;
grant execute on function basepool.get_metrics() to basepool_glue, basepool_metrics;

comment on function basepool.get_metrics() is
'The series of a Prometheus exposition, one row each: name of the sample, kind (gauge, counter, histogram) and help of its family,
labels, value. At most 2000 with 100 tokens; no label names a user, a generation, a prediction, a worker or a URL. Counters are as the
last count of attempts left them, some 15 seconds ago while a worker lives, and never fall. For GET /metrics and the view
basepool.metrics.';
