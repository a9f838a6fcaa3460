-- a time that is none is no error
begin;
select plan(15);
set timezone = 'Asia/Tokyo';

select is(basepool._read_time(t), '2026-01-02 03:04:05Z'::timestamptz, t)
from (
  values
  ('2026-01-02T03:04:05Z'), ('2026-01-02T03:04:05.000000Z'), ('2026-01-02 05:04:05+02:00'), ('2026-01-02T03:04:05')
  , (' 2026-01-02T03:04:05Z ')
) as c (t);
select is(basepool._read_time(t), null::timestamptz, coalesce(t, 'null'))
from (
  values
  (null), (''), ('yesterday'), ('now'), ('infinity'), ('2026-13-45T25:61:00Z'), ('2026-01-02'), ('1767322800'), ('{"a": 1}')
  , ('2026-01-02T03:04:05+99:99')
) as c (t);

select * from finish();
rollback;
