-- Each attempt is added to the sums once, whenever it is committed and however often this runs. A window of time alone could not
-- tell: what ended before may be committed after. So what is new is told by the transaction that wrote it, as the last count could
-- not see it, and the index on time only bounds where to look.
create or replace function basepool._count_attempts(p_at_most_every interval default null)
returns integer
language plpgsql
volatile
set search_path = ''
-- whatever the statistics are; what costs so much to the planner it would also compile, for seconds
set enable_seqscan = off
set jit = off
as $$
declare
  v_now constant timestamptz := basepool.now();
  -- older than every transaction: it is counted
  v_long_ago constant xid8 := '2'::xid8;
  -- from when somebody reads the clock until he has written something
  v_margin constant interval := interval '5 minutes';
  v_from basepool.counted;
  v_bounds double precision [];
  v_server bigint;
  v_is_other boolean;
  v_ours uuid [];
  v_our_events text [];
  v_snapshot pg_snapshot;
  v_written integer;
begin
  if p_at_most_every is null then
    select c.* into v_from from basepool.counted as c for no key update;
  elsif exists (select from basepool.counted as c where c.counted_at <= v_now - p_at_most_every) then
    -- whoever is at it counts the same
    select c.* into v_from from basepool.counted as c for no key update skip locked;
  end if;
  if v_from.id is null then
    return 0;
  end if;
  select s.system_identifier into v_server from pg_catalog.pg_control_system() as s;
  v_is_other := v_from.server <> v_server;
  v_bounds := basepool._bucket_bounds();

  with corrected as (
    delete from basepool.recounts as r returning r.*
  ),

  -- the sign of what is added; what changed since it was counted is taken out as it was, and added as it is
  taken as (
    select 1 as sign, a.*
    from basepool.attempts as a
    where
      a.finished_at >= v_from.since
      and (
        a.xact = v_from.counted_by or not pg_visible_in_snapshot(a.xact, v_from.snapshot)
        or v_is_other and a.finished_at > v_from.counted_at
      )
    union all
    select 1, a.*
    from (select distinct c.id from corrected as c) as i
    cross join lateral (select * from basepool.attempts as o where o.id = i.id offset 0) as a
    where
      a.finished_at < v_from.since
      and (a.xact = v_from.counted_by or not pg_visible_in_snapshot(a.xact, v_from.snapshot) or v_is_other)
    union all
    select -1, c.* from corrected as c
    where c.xact <> v_from.counted_by and pg_visible_in_snapshot(c.xact, v_from.snapshot)
  ),

  attempt as materialized (
    select
      t.sign, t.id, t.xact, t.token_id, t.account_id, t.state, t.error_rule, t.model, basepool._model_name(t.model) as model_name
      , t.leased_at, t.predict_seconds, t.prediction_id, t.worker
      , date_trunc('hour', t.leased_at, 'UTC') as leased_hour, date_trunc('minute', t.leased_at) as leased_minute
      , date_trunc('hour', t.finished_at, 'UTC') as ended_hour, date_trunc('minute', t.finished_at) as ended_minute
      , t.state not in ('rejected', 'aborted') as is_run
      , extract(epoch from t.leased_at - t.queued_at) as waited
      , width_bucket(extract(epoch from t.leased_at - t.queued_at)::double precision, v_bounds) as queue_bucket
      , width_bucket(extract(epoch from t.submitted_at - t.leased_at)::double precision, v_bounds) as submit_bucket
      , width_bucket(t.predict_seconds::double precision, v_bounds) as predict_bucket
      , (select g.user_id from public.generations as g where g.id = t.generation_id) as user_id
    from taken as t
  ),

  event as materialized (
    select
      e.webhook_id, e.attempt_id, e.xact, split_part(e.outcome, ':', 1) as outcome
      , e.prediction_status in ('succeeded', 'failed', 'canceled', 'aborted') as is_end
    from basepool.webhook_events as e
    where
      e.received_at >= v_from.since
      and (
        e.xact = v_from.counted_by or not pg_visible_in_snapshot(e.xact, v_from.snapshot)
        or v_is_other and e.received_at > v_from.counted_at
      )
  ),

  -- by token and hour of the lease, with what is in flight now
  sums as (
    select
      a.token_id, a.leased_hour as hour, max(a.account_id) as account_id
      , sum(a.sign) filter (where a.state = 'succeeded') as succeeded
      , sum(a.sign) filter (where a.state = 'failed') as failed
      , sum(a.sign) filter (where a.state in ('canceled', 'aborted')) as canceled
      , sum(a.sign) filter (where a.state = 'rejected') as rejected
      , sum(a.sign * a.predict_seconds) as seconds, max(a.leased_at) as used_at
    from attempt as a
    group by a.token_id, a.leased_hour
  ),

  counts as (
    select
      p.token_id, p.hour
      , jsonb_object_agg(p.key, p.times) filter (where p.kind = 'error') as errors
      , jsonb_object_agg(p.key, p.times) filter (where p.kind = 'queue') as queue_buckets
      , jsonb_object_agg(p.key, p.times) filter (where p.kind = 'submit') as submit_buckets
      , jsonb_object_agg(p.key, p.times) filter (where p.kind = 'predict') as predict_buckets
    from (
      select a.token_id, a.leased_hour as hour, k.kind, k.key, sum(a.sign) as times
      from attempt as a
      cross join lateral (
        values
        ('error', a.error_rule), ('queue', a.queue_bucket::text), ('submit', a.submit_bucket::text)
        , ('predict', a.predict_bucket::text)
      ) as k (kind, key)
      where k.key is not null
      group by a.token_id, a.leased_hour, k.kind, k.key
    ) as p
    where p.times <> 0
    group by p.token_id, p.hour
  ),

  flight as (
    select
      f.token_id, f.hour, max(f.account_id) as account_id, sum(f.is_now)::integer as open, sum(f.was)::integer as was_open
      , max(f.leased_at) as used_at
    from (
      select
        s.token_id, date_trunc('hour', s.leased_at, 'UTC') as hour, t.account_id, 1 as is_now, 0 as was, s.leased_at
      from basepool.seats as s
      inner join public.replicate_tokens as t on t.id = s.token_id
      where s.attempt_id is not null
      union all
      select o.token_id, o.hour, o.account_id, 0, o.open, null from basepool.token_stats as o where o.open > 0
    ) as f
    group by f.token_id, f.hour
  ),

  change as materialized (
    select
      coalesce(s.token_id, f.token_id) as token_id, coalesce(s.hour, f.hour) as hour
      , coalesce(s.account_id, f.account_id) as account_id
      , coalesce(s.succeeded, 0)::integer as succeeded, coalesce(s.failed, 0)::integer as failed
      , coalesce(s.canceled, 0)::integer as canceled, coalesce(s.rejected, 0)::integer as rejected
      , coalesce(s.seconds, 0) as seconds, coalesce(f.open, 0) as open
      , coalesce(s.succeeded, 0) + coalesce(s.failed, 0) + coalesce(s.canceled, 0) + coalesce(s.rejected, 0)
      + coalesce(f.open - f.was_open, 0) as uses
      , greatest(s.used_at, f.used_at) as used_at
    from sums as s
    full join flight as f on f.token_id = s.token_id and f.hour = s.hour
    where s.token_id is not null or f.open <> f.was_open
  ),

  written as (
    insert into basepool.token_stats as s (
      token_id, account_id, hour, leases, succeeded, failed, canceled, rejected, open, predict_seconds, errors
      , queue_buckets, submit_buckets, predict_buckets
    )
    select
      h.token_id, h.account_id, h.hour, h.succeeded + h.failed + h.canceled + h.rejected + h.open
      , h.succeeded, h.failed, h.canceled, h.rejected, h.open, h.seconds, coalesce(c.errors, '{}')
      , coalesce(c.queue_buckets, '{}'), coalesce(c.submit_buckets, '{}'), coalesce(c.predict_buckets, '{}')
    from change as h
    left join counts as c on c.token_id = h.token_id and c.hour = h.hour
    order by h.token_id, h.hour
    on conflict (token_id, hour) do update
    set
      leases = s.succeeded + s.failed + s.canceled + s.rejected + excluded.leases,
      succeeded = s.succeeded + excluded.succeeded,
      failed = s.failed + excluded.failed,
      canceled = s.canceled + excluded.canceled,
      rejected = s.rejected + excluded.rejected,
      open = excluded.open,
      predict_seconds = s.predict_seconds + excluded.predict_seconds,
      errors = basepool._add_counts(s.errors, excluded.errors),
      queue_buckets = basepool._add_counts(s.queue_buckets, excluded.queue_buckets),
      submit_buckets = basepool._add_counts(s.submit_buckets, excluded.submit_buckets),
      predict_buckets = basepool._add_counts(s.predict_buckets, excluded.predict_buckets)
    returning s.token_id
  ),

  used as (
    insert into basepool.token_uses (token_id, used_at, uses)
    select h.token_id, coalesce(max(h.used_at), v_now), sum(h.uses)::integer
    from change as h
    group by h.token_id
    having sum(h.uses) <> 0 or max(h.used_at) is not null
  ),

  -- the only place that turns seconds into money
  price as materialized (
    select d.model, m.usd_per_run, m.usd_per_second
    from (select distinct a.model from attempt as a where a.is_run) as d
    cross join lateral basepool._find_model(d.model) as m
  ),

  cost as (
    select
      a.ended_hour as hour, a.account_id, a.token_id, a.model_name, a.user_id
      , sum(a.sign * (a.prediction_id is not null)::integer)::integer as runs
      , coalesce(sum(a.sign * a.predict_seconds), 0) as seconds
      , sum(
        a.sign * (
          (a.prediction_id is not null)::integer * coalesce(p.usd_per_run, 0)
          + coalesce(a.predict_seconds, 0) * coalesce(p.usd_per_second, 0)
        )
      ) filter (where p.usd_per_run is not null or p.usd_per_second is not null) as usd
    from attempt as a
    inner join price as p on p.model = a.model
    where a.is_run
    group by a.ended_hour, a.account_id, a.token_id, a.model_name, a.user_id
  ),

  usage as (
    insert into basepool.usage_stats as u (hour, account_id, token_id, model, user_id, count, seconds, usd)
    select c.hour, c.account_id, c.token_id, c.model_name, c.user_id, c.runs, c.seconds, c.usd
    from cost as c
    on conflict on constraint usage_stats_key do update
    set
      count = u.count + excluded.count,
      seconds = u.seconds + excluded.seconds,
      usd = case when u.usd is not null or excluded.usd is not null then coalesce(u.usd, 0) + coalesce(excluded.usd, 0) end
  ),

  spent as (
    insert into basepool.spending as s (account_id, hour, runs, seconds, usd)
    select c.account_id, c.hour, sum(c.runs), sum(c.seconds), coalesce(sum(c.usd), 0)
    from cost as c
    group by c.account_id, c.hour
    order by c.account_id, c.hour
    on conflict (account_id, hour) do update
    set runs = s.runs + excluded.runs, seconds = s.seconds + excluded.seconds, usd = s.usd + excluded.usd
  ),

  minute as (
    insert into basepool.minute_stats as m (minute, leased, succeeded, failed, rejected, queue_buckets)
    select
      o.minute, sum(o.leased), sum(o.succeeded), sum(o.failed), sum(o.rejected)
      , coalesce(jsonb_object_agg(o.bucket, o.leased) filter (where o.bucket is not null and o.leased <> 0), '{}')
    from (
      select a.leased_minute as minute, a.queue_bucket as bucket, sum(a.sign) as leased
        , 0 as succeeded, 0 as failed, 0 as rejected
      from attempt as a
      group by a.leased_minute, a.queue_bucket
      union all
      select
        a.ended_minute, null, 0, coalesce(sum(a.sign) filter (where a.state = 'succeeded'), 0)
        , coalesce(sum(a.sign) filter (where a.state not in ('succeeded', 'rejected')), 0)
        , coalesce(sum(a.sign) filter (where a.state = 'rejected'), 0)
      from attempt as a
      group by a.ended_minute
    ) as o
    where o.minute > v_now - interval '25 hours'
    group by o.minute
    on conflict (minute) do update
    set
      leased = m.leased + excluded.leased,
      succeeded = m.succeeded + excluded.succeeded,
      failed = m.failed + excluded.failed,
      rejected = m.rejected + excluded.rejected,
      queue_buckets = basepool._add_counts(m.queue_buckets, excluded.queue_buckets)
  ),

  -- the 50 most used have a series of their own; a counter never falls, so that a correction adds to nothing
  model as materialized (
    select a.model_name as name, count(*) as times from attempt as a where a.sign = 1 group by a.model_name
  ),

  modelled as (
    insert into basepool.model_uses as u (model, uses)
    select m.name, m.times from model as m
    on conflict (model) do update set uses = u.uses + excluded.uses
  ),

  label as materialized (
    select r.name, case when r.rank <= 50 then r.name else 'other' end as label
    from (
      select b.name, row_number() over (order by sum(b.uses) desc, b.name) as rank
      from (
        select u.model as name, u.uses from basepool.model_uses as u
        union all
        select m.name, m.times from model as m
      ) as b
      group by b.name
    ) as r
  ),

  -- what it is now less what it was, but never less than nothing
  known as materialized (
    select a.*, l.label
    from attempt as a
    inner join label as l on l.name = a.model_name
    where a.sign = 1
  ),

  former as materialized (
    select a.id, a.state, a.predict_seconds from attempt as a where a.sign = -1
  ),

  step as (
    select 'attempts' as name, k.state as label, k.label as model, count(*)::double precision as value
    from known as k
    where not exists (select from former as f where f.id = k.id and f.state = k.state)
    group by k.state, k.label
    union all
    select
      'seconds', '', k.label
      , sum(greatest(0, k.predict_seconds - coalesce((select max(f.predict_seconds) from former as f where f.id = k.id), 0)))
    from known as k
    where k.predict_seconds is not null
    group by k.label
    union all
    select 'rejections', coalesce(k.error_rule, 'other'), '', count(*)
    from known as k
    where k.state = 'rejected' and not exists (select from former as f where f.id = k.id)
    group by k.error_rule
    union all
    select 'waits', k.queue_bucket::text, '', count(*)
    from known as k
    where not exists (select from former as f where f.id = k.id)
    group by k.queue_bucket
    union all
    select 'waited', '', '', sum(greatest(k.waited, 0))
    from known as k
    where not exists (select from former as f where f.id = k.id)
    having count(*) > 0
    union all
    select 'webhooks', e.outcome, '', count(*) from event as e group by e.outcome
    union all
    -- a result and the webhook that brought it are written together
    select
      'results'
      , case
        when t.attempt_id is not null then 'webhook'
        when w.orders_webhooks then 'poll'
        else 'unordered'
      end, '', count(*)
    from known as k
    left join (select distinct e.attempt_id from event as e where e.is_end) as t on t.attempt_id = k.id
    left join basepool.workers as w on w.name = k.worker
    where
      k.prediction_id is not null and k.state in ('succeeded', 'failed')
      and not exists (select from former as f where f.id = k.id)
    group by 2
  ),

  counted as (
    insert into basepool.counters as c (name, label, model, value)
    select s.name, s.label, s.model, sum(s.value) from step as s group by s.name, s.label, s.model
    having sum(s.value) > 0
    on conflict (name, label, model) do update set value = c.value + excluded.value
  )

  select
    (select count(*) from written), pg_current_snapshot()
    , (select array_agg(a.id) from attempt as a where a.sign = 1 and a.xact = pg_current_xact_id())
    , (select array_agg(e.webhook_id) from event as e where e.xact = pg_current_xact_id())
  into v_written, v_snapshot, v_ours, v_our_events;

  -- by number they would count as new once more: numbers of this very transaction, and of a server that is no more
  update basepool.attempts as a set xact = v_long_ago where a.id = any(v_ours);
  update basepool.webhook_events as e set xact = v_long_ago where e.webhook_id = any(v_our_events);
  if v_is_other then
    update basepool.attempts as a set xact = v_long_ago where a.finished_at >= v_from.since;
    update basepool.webhook_events as e set xact = v_long_ago where e.received_at >= v_from.since;
  end if;

  update basepool.counted as c
  set
    snapshot = v_snapshot
    -- while somebody writes since before the last count, it may be of then
    , since = case
      when v_is_other or pg_snapshot_xmin(v_snapshot) >= pg_snapshot_xmax(v_from.snapshot)
        then greatest(c.since, least(c.counted_at, v_now) - v_margin)
      else c.since
    end
    , counted_at = v_now, counted_by = pg_current_xact_id(), server = v_server;
  return v_written;
end
$$;

revoke all on function basepool._count_attempts(interval) from public, anon, authenticated, service_role;

comment on function basepool._count_attempts(interval) is
'Adds the attempts and webhooks that no count has seen to token_stats, usage_stats, spending, minute_stats and the counters, and
what is in flight to token_stats. p_at_most_every: it does nothing where the last count is younger or under way; null: it waits
for it, and counts. Returns how many rows of token_stats were written. For the job rollup, heartbeats, budgets and statistics.';
