-- The last hour as a line of a plot, whatever was in it: what is over was counted by the minute, what is in flight is in the seats.
create or replace function basepool._minutes(p_now timestamptz, p_count integer default 60)
returns table (
  minute timestamptz,
  leased integer,
  succeeded integer,
  failed integer,
  wait_p50 double precision,
  wait_p95 double precision
)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_last constant timestamptz := date_trunc('minute', p_now);
  v_first constant timestamptz := v_last - (least(p_count, 1440) - 1) * interval '1 minute';
  v_bounds constant double precision [] := basepool._bucket_bounds();
  v_counted basepool.counted;
begin
  select c.* into v_counted from basepool.counted as c;
  return query
  with flight as (
    select
      o.minute, sum(o.leased) as leased, 0::bigint as succeeded, 0::bigint as failed
      , jsonb_object_agg(o.bucket, o.leased) filter (where o.bucket is not null) as waits
    from (
      select
        date_trunc('minute', s.leased_at) as minute
        , width_bucket(extract(epoch from s.leased_at - s.queued_at)::double precision, v_bounds) as bucket
        , count(*) as leased
      from basepool.seats as s
      where s.attempt_id is not null and s.leased_at >= v_first
      group by 1, 2
    ) as o
    group by o.minute
  ),

  -- what has ended since the last count: as many as a busy pool ends within that time
  fresh as materialized (
    select
      a.state, a.finished_at, a.leased_at
      , width_bucket(extract(epoch from a.leased_at - a.queued_at)::double precision, v_bounds) as bucket
    from basepool.attempts as a
    where
      a.finished_at > v_counted.counted_at and a.finished_at >= v_first
      and not pg_visible_in_snapshot(a.xact, v_counted.snapshot)
    order by a.finished_at
    limit 10000
  ),

  parts as (
    select m.minute, m.leased::bigint as leased, m.succeeded::bigint as succeeded, m.failed::bigint as failed, m.queue_buckets as waits
    from basepool.minute_stats as m
    where m.minute between v_first and v_last
    union all
    select * from flight
    union all
    select o.minute, sum(o.leased), 0, 0, jsonb_object_agg(o.bucket, o.leased) filter (where o.bucket is not null)
    from (
      select date_trunc('minute', f.leased_at) as minute, f.bucket, count(*) as leased from fresh as f group by 1, 2
    ) as o
    group by o.minute
    union all
    select
      date_trunc('minute', f.finished_at), 0, count(*) filter (where f.state = 'succeeded')
      , count(*) filter (where f.state <> 'succeeded'), null
    from fresh as f
    group by 1
  ),

  sums as (
    select
      p.minute, sum(p.leased)::integer as leased, sum(p.succeeded)::integer as succeeded, sum(p.failed)::integer as failed
    from parts as p
    group by p.minute
  ),

  waits as (
    select b.minute, jsonb_object_agg(b.key, b.times) as buckets
    from (
      select p.minute, e.key, sum(e.value::bigint) as times
      from parts as p
      cross join lateral jsonb_each(p.waits) as e
      group by p.minute, e.key
    ) as b
    group by b.minute
  )

  select
    g.minute, coalesce(s.leased, 0), coalesce(s.succeeded, 0), coalesce(s.failed, 0)
    , basepool._percentile(w.buckets, 0.5)::double precision, basepool._percentile(w.buckets, 0.95)::double precision
  from generate_series(v_first, v_last, interval '1 minute') as g (minute)
  left join sums as s on s.minute = g.minute
  left join waits as w on w.minute = g.minute
  order by g.minute;
end
$$;

revoke all on function basepool._minutes(timestamptz, integer) from public, anon, authenticated, service_role;

comment on function basepool._minutes(timestamptz, integer) is
'Throughput of the last p_count minutes (1440 at most) before p_now and the one under way, a row each, oldest first: attempts leased in
it, and how many ended in it, succeeded or otherwise; wait_p50 and wait_p95: seconds that those leased had waited, off by a quarter at
most (_percentile), null where none was.';
