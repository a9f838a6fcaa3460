-- each is at most 28 % above the one before; those of the histogram for Prometheus are among them
begin;
select plan(3);

select is(cardinality(basepool._bucket_bounds()), 60, 'from 0.01 to 8000 s');
select ok(
  (select max(b.bound / b.before) < 1.2801 and min(b.bound / b.before) > 1.2
from (
  select
u.bound,
lag(u.bound) over (order by u.n) as before
  from unnest(basepool._bucket_bounds()) with ordinality as u (bound, n)
) as b)
  , 'in steps of about a quarter'
);
select ok(
  array[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000]::double precision [] <@ basepool._bucket_bounds()
  , 'so that these add up exactly'
);

select * from finish();
rollback;
