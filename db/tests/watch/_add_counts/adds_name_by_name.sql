-- what is in one, in the other, or in both; what comes to nothing is gone
begin;
select plan(5);

select is(basepool._add_counts('{"a": 1, "b": 2}', '{"b": 3, "c": 4}'), '{"a": 1, "b": 5, "c": 4}'::jsonb, 'both');
select is(basepool._add_counts('{}', '{"c": 4}'), '{"c": 4}'::jsonb, 'to nothing');
select is(basepool._add_counts('{"c": 4}', '{}'), '{"c": 4}'::jsonb, 'nothing');
select is(basepool._add_counts('{"a": 1, "b": 2}', '{"a": -1}'), '{"b": 2}'::jsonb, 'what is taken out');
select is(basepool._add_counts('{}', '{"a": -1, "b": 1}'), '{"b": 1}'::jsonb, 'and nothing is less than none');

select * from finish();
rollback;
