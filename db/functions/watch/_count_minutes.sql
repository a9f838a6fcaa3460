-- Throughput by the minute costs the same whatever it was: what is over was counted, what is in flight is in the seats.
create or replace function basepool._count_minutes(p_first timestamptz)
returns table (minute timestamptz, leased bigint, succeeded bigint, failed bigint, rejected bigint, buckets jsonb)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_bounds constant double precision [] := basepool._bucket_bounds();
  v_counted basepool.counted;
begin
  select c.* into v_counted from basepool.counted as c;
  return query
  -- what has ended since the last count: as many as a busy pool ends within that time
  with fresh as materialized (
    select a.state, a.finished_at, a.leased_at, a.queued_at
    from basepool.attempts as a
    where
      a.finished_at >= greatest(p_first, v_counted.since)
      and (a.xact = v_counted.counted_by or not pg_visible_in_snapshot(a.xact, v_counted.snapshot))
    order by a.finished_at desc
    limit 10000
  ),

  lease as (
    select s.leased_at, s.queued_at from basepool.seats as s where s.attempt_id is not null
    union all
    select f.leased_at, f.queued_at from fresh as f
  ),

  parts as (
    select m.minute, m.leased::bigint as leased, m.succeeded::bigint as succeeded, m.failed::bigint as failed
      , m.rejected::bigint as rejected, m.queue_buckets as waits
    from basepool.minute_stats as m
    where m.minute >= p_first
    union all
    select
      o.minute, sum(o.leased)::bigint, 0, 0, 0
      , coalesce(jsonb_object_agg(o.bucket, o.leased) filter (where o.bucket is not null), '{}')
    from (
      select
        date_trunc('minute', l.leased_at) as minute
        , width_bucket(extract(epoch from l.leased_at - l.queued_at)::double precision, v_bounds) as bucket
        , count(*) as leased
      from lease as l
      where l.leased_at >= p_first
      group by 1, 2
    ) as o
    group by o.minute
    union all
    select
      date_trunc('minute', f.finished_at), 0, count(*) filter (where f.state = 'succeeded')
      , count(*) filter (where f.state not in ('succeeded', 'rejected')), count(*) filter (where f.state = 'rejected'), '{}'
    from fresh as f
    group by 1
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
    s.minute, s.leased, s.succeeded, s.failed, s.rejected, coalesce(w.buckets, '{}')
  from (
    select
      p.minute, sum(p.leased)::bigint as leased, sum(p.succeeded)::bigint as succeeded, sum(p.failed)::bigint as failed
      , sum(p.rejected)::bigint as rejected
    from parts as p
    group by p.minute
  ) as s
  left join waits as w on w.minute = s.minute;
end
$$;

revoke all on function basepool._count_minutes(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._count_minutes(timestamptz) is
'The minutes from p_first on in which something was leased or ended, within the last day: attempts leased in it (in flight or over),
and how many ended in it, as succeeded, failed (or cancelled) or rejected; buckets: how long those that were leased had waited
(_bucket_bounds). Of those that no count has seen at most 10000 are looked at.';
