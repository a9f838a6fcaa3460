-- The last hour as the line of a plot.
create or replace function basepool._minutes(p_now timestamptz, p_count integer default 60)
returns table (
  minute timestamptz,
  leased integer,
  succeeded integer,
  failed integer,
  wait_p50 double precision,
  wait_p95 double precision
)
language sql
stable
set search_path = ''
as $$
  with counted as materialized (
    select c.* from basepool._count_minutes(date_trunc('minute', p_now) - (least(p_count, 1440) - 1) * interval '1 minute') as c
  )

  select
    g.minute, coalesce(m.leased, 0)::integer, coalesce(m.succeeded, 0)::integer, coalesce(m.failed + m.rejected, 0)::integer
    , basepool._percentile(m.buckets, 0.5)::double precision, basepool._percentile(m.buckets, 0.95)::double precision
  from generate_series(
    date_trunc('minute', p_now) - (least(p_count, 1440) - 1) * interval '1 minute', date_trunc('minute', p_now), interval '1 minute'
  ) as g (minute)
  left join counted as m on m.minute = g.minute
  order by g.minute
$$;

revoke all on function basepool._minutes(timestamptz, integer) from public, anon, authenticated, service_role;

comment on function basepool._minutes(timestamptz, integer) is
'Throughput of the last p_count minutes (1440 at most), the one under way at p_now included, a row each, oldest first: attempts
leased in it, and how many ended in it, succeeded or otherwise; wait_p50 and wait_p95: seconds that those leased had waited, off by a
quarter at most (_percentile), null where none was.';
