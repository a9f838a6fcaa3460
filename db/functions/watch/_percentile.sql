-- What percentile_cont says of the values themselves, of the counts of their buckets.
create or replace function basepool._percentile(p_buckets jsonb, p_share double precision)
returns numeric
language sql
immutable
parallel safe
set search_path = ''
as $$
  with bounds as (
    select basepool._bucket_bounds() as b
  ),

  counts as (
    select
      e.key::integer as bucket, e.value::bigint as times
      , sum(e.value::bigint) over (order by e.key::integer) as up_to
      , p_share * sum(e.value::bigint) over () as wanted
    from jsonb_each(p_buckets) as e
    where e.value::bigint > 0
  )

  select
    round((
      l.lower + (coalesce(o.b[c.bucket + 1], l.lower) - l.lower) * (c.wanted - (c.up_to - c.times)) / c.times
    )::numeric, 3)
  from counts as c
  cross join bounds as o
  cross join lateral (select coalesce(o.b[c.bucket], 0) as lower) as l
  where c.up_to >= c.wanted
  order by c.bucket
  limit 1
$$;

revoke all on function basepool._percentile(jsonb, double precision) from public, anon, authenticated, service_role;

comment on function basepool._percentile(jsonb, double precision) is
'The p_share (0 to 1) percentile in seconds of what is in buckets (_bucket_bounds), as if it lay evenly in them: off by a quarter at
most. Null of none.';
