-- what is sent is the text of the input, unchanged; what nobody could read at the other end is named
begin;
select plan(37);

create function pg_temp.nested(p_levels integer) returns jsonb
language sql as $$
  select format('{"a": %s%s}', repeat('[', p_levels - 1), repeat(']', p_levels - 1))::jsonb
$$;

select is((basepool._check_input(i::jsonb, 10000, 64)).body, i, left(i, 60))
from (
  values
  ('{}'), ('{"prompt": "a cat"}'), ('{"strength": 0.33333333333333333333}'), ('{"seed": 12345678901234567890123}'),
  ('{"a": 1.0, "b": 1.10, "c": 0.000000000000000000000000000001}'), ('{"a": "кошка \\ud83d\" \u0001"}'),
  ('{"a": {"b": [{"c": [null, true, ""]}]}}')
) as v (i);
select is(
  (basepool._check_input(
    format('{"a": 17976931348623157%s, "b": -17976931348623157%1$s}', repeat('0', 292))::jsonb, 10000, 64
  )).fault, null, 'the largest double'
);
select is((basepool._check_input('{"a": 1e-400}', 10000, 64)).fault, null, 'what is read as zero');
select is(
  (basepool._check_input(format('{"a": 0.%s}', repeat('3', 5000))::jsonb, 10000, 64)).fault, null, 'many digits of a double'
);
select is((basepool._check_input(pg_temp.nested(64), 10000, 64)).fault, null, 'as deep as allowed');
select is(
  (basepool._check_input(jsonb_build_object('a', repeat('[{', 5000)), 100000, 64)).fault, null, 'brackets in a text are none'
);

select is((basepool._check_input(i::jsonb, 10000, 64)).fault, f, coalesce(left(i, 60), 'null') || ' ...')
from (
  values
  (null, 'the input is missing, not a JSON object'),
  ('null', 'the input is a JSON null, not a JSON object'),
  ('[1]', 'the input is a JSON array, not a JSON object'),
  ('"x"', 'the input is a JSON string, not a JSON object'),
  ('{"seed": 1e5000}', 'the input has a number that is out of the range of a double (1.8e308)'),
  ('{"a": [{"b": -1e309}]}', 'the input has a number that is out of the range of a double (1.8e308)'),
  ('{"a": 18' || repeat('0', 307) || '}', 'the input has a number that is out of the range of a double (1.8e308)'),
  ('{"a": 1' || repeat('0', 5000) || '}', 'the input has a number that is out of the range of a double (1.8e308)'),
  ('{"a": "' || repeat('x', 9992) || '"}', 'the input is 10001 bytes long, more than 10000'),
  ('{"a": "' || repeat('я', 4997) || '"}', 'the input is 10003 bytes long, more than 10000'),
  ('{"a": "' || repeat('x', 60000) || '"}', 'the input is larger than 10000 bytes'),
  -- two kilobytes as the app wrote it, and sixteen megabytes as a text
  ('{"a": [' || repeat('0e-16383,', 1000) || '1]}', 'the input has a number of more than 1100 digits'),
  ('{"a": [' || repeat('-0e-9000,', 900) || '1]}', 'the input has a number of more than 1100 digits')
) as v (i, f);
select is((basepool._check_input(pg_temp.nested(n), 10000, 64)).fault, 'the input is nested deeper than 64 levels', n || ' levels')
from (values (65), (66), (1500), (4000)) as v (n);
select is(
  (basepool._check_input(jsonb_build_object('a', repeat('x', 100000000)), 1000000, 64)).fault
  , 'the input is larger than 1000000 bytes', 'a hundred megabytes'
);
create temporary table stored as select jsonb_build_object('a', repeat('x', 20000000)) as input;
select cmp_ok((select pg_column_size(s.input) from stored as s), '<', 1000000, 'which take less than the limit, compressed');
select is(
  (select i.fault from stored as s cross join lateral basepool._check_input(s.input, 1000000, 64) as i)
  , 'the input is larger than 1000000 bytes', 'are seen all the same'
);
select is((basepool._check_input('{}', 10000, 64)).hint, null, 'nothing to do');
select matches((basepool._check_input(i::jsonb, 1000, 8)).hint, h, 'what to do: ' || h)
from (
  values ('[]', 'p_input'), ('{"a": "' || repeat('x', 2000) || '"}', 'max_input_bytes')
  , ('{"a": [[[[[[[[[]]]]]]]]]}', 'max_input_depth'), ('{"a": 1e400}', 'smaller number')
) as v (i, h);

select * from finish();
rollback;
