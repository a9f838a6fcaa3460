-- a measure is a number; where it is not, it is read as far as it can be, and never raises
begin;
select plan(24);

select is(basepool._predict_seconds(format('{"metrics": {"predict_time": %s}}', v)::jsonb), s, v)
from (
  values
  ('1.5', 1.5), ('0', 0), ('2592000', 2592000), ('2592001', null), ('-1', null), ('1e300', null), ('1e-9', 0.000000001)
  , ('"1.5s"', 1.5), ('"2"', 2), ('" 3 seconds "', 3), ('"4 sec"', 4), ('"1m"', null), ('"-1s"', null), ('""', null)
  , ('"9999999"', null), ('"NaN"', null), ('null', null), ('true', null), ('[1]', null), ('{"s": 1}', null)
) as c (v, s);
select is(basepool._predict_seconds(p::jsonb), null::numeric, p)
from (values ('{"metrics": "fast"}'), ('{"metrics": [1]}'), ('{}'), ('[]')) as c (p);

select * from finish();
rollback;
