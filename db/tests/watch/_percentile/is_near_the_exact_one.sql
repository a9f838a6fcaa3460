-- off by a quarter at most, whatever is summed up
begin;
select plan(5);

select is(basepool._percentile('{}', 0.5), null, 'of nothing');
select is(basepool._percentile(null, 0.5), null, 'of nothing at all');
select ok(basepool._percentile('{"21": 10}', 0.5) between 1 and 1.25, 'within its bucket');
create temporary table seen as
select
  p.share,
  percentile_cont(p.share) within group (order by t.seconds) as exact,
  (
    select jsonb_object_agg(b.bucket, b.times)
    from (
      select
width_bucket(o.seconds, basepool._bucket_bounds()) as bucket,
count(*) as times
      from (select 0.02 * power(1.013, n)::double precision as seconds from generate_series(1, 900) as n) as o
      group by width_bucket(o.seconds, basepool._bucket_bounds())
    ) as b
  ) as buckets
from (select 0.02 * power(1.013, n)::double precision as seconds from generate_series(1, 900) as n) as t
cross join unnest(array[0.05, 0.5, 0.95, 0.99]::double precision []) as p (share)
group by p.share;
select is_empty(
  $$select s.share from seen as s where abs(basepool._percentile(s.buckets, s.share) / s.exact - 1) > 0.25$$, 'near the exact ones'
);
select ok(basepool._percentile('{"60": 3}', 0.95) >= 8000, 'beyond the last bound it is at least that');

select * from finish();
rollback;
