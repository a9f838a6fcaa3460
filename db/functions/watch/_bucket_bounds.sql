-- Percentiles can't be added up, counts of buckets can. Ten to a decade, so that what lies in one is known to a quarter.
create or replace function basepool._bucket_bounds()
returns double precision []
language sql
immutable
parallel safe
set search_path = ''
as $$
  select array_agg(b.step * power(10::numeric, d.decade) order by d.decade, b.step)::double precision []
  from generate_series(-2, 3) as d (decade)
  cross join unnest(array[1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8]) as b (step)
$$;

revoke all on function basepool._bucket_bounds() from public, anon, authenticated, service_role;

comment on function basepool._bucket_bounds() is
'Where the buckets of times begin, in seconds, from 0.01 to 8000: bucket n holds what is at least bound n and less than bound n + 1,
bucket 0 what is less than the first. Whatever is read off them is off by a quarter at most.';
