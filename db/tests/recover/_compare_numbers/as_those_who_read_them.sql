-- a number is read as a double: what is equal then is the same, what may come from it is no proof
begin;
select plan(17);

select is(basepool._compare_numbers(o::numeric, t::numeric), v, o || ' / ' || t)
from (
  values
  ('0.33333333333333333333', '0.3333333333333333', 'same'),
  ('0.1', '0.1', 'same'),
  ('12345678901234567890123', '12345678901234567000000', 'same'),
  ('9007199254740993', '9007199254740992', 'same'),
  ('1e-400', '0', 'same'),
  ('1e400', '1e401', 'same'),
  ('-1e400', '1e400', 'perhaps'),
  ('18446744073709551615', '9223372036854775807', 'perhaps'),
  ('0.1', '0.10000000149011612', 'perhaps'),
  ('7.5', '7', 'perhaps'),
  ('7.5', '8', 'perhaps'),
  ('0.1', '0.1001', 'different'),
  ('7', '7.5', 'different'),
  ('4294967295', '4294967296', 'different'),
  ('1', '2', 'different'),
  ('0', '-1', 'different'),
  ('0.5', '-0.5', 'different')
) as c (o, t, v);

select * from finish();
rollback;
