-- whoever has rights on the table may change a row after the door: it is leased like the others, says why it can't be sent, and
-- fails alone
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
select basepool.configure('{"max_attempts": 1}');
select pg_temp.submit_many(9);
create temporary table given as
select
  q.generation_id as id,
  row_number() over (order by q.tag, q.place) as n
from basepool.queue as q;
update public.generations as g
set
  replicate_input = case b.n
    when 1 then '{"seed": 1e5000}'
    when 2 then format('{"a": %s%s}', repeat('[', 1500), repeat(']', 1500))::jsonb
    when 3 then jsonb_build_object('a', repeat('x', 50000000))
    when 4 then format('{"a": [%s1]}', repeat('0e-16383,', 100000))::jsonb
    when 5 then '[1]'
    when 6 then null
    else g.replicate_input
  end,
  replicate_model = case b.n when 7 then 'a/' || repeat('b', 70000) when 8 then E'a/b\r\nx: y' else g.replicate_model end
from given as b
where b.id = g.id;

create temporary table lease as select c.* from basepool.claim_generations('tester', 20) as c;
select results_eq(
  'select g.n, l.answer, l.input, l.reason from lease as l inner join given as g on g.id = l.generation_id order by g.n',
  $$values
  (1::bigint, 'lease', null, 'the input has a number that is out of the range of a double (1.8e308)'),
  (2, 'lease', null, 'the input is nested deeper than 64 levels'),
  (3, 'lease', null, 'the input is larger than 1000000 bytes'),
  (4, 'lease', null, 'the input has a number of more than 1100 digits'),
  (5, 'lease', null, 'the input is a JSON array, not a JSON object'),
  (6, 'lease', null, 'the input is missing, not a JSON object'),
  (7, 'lease', null, 'the model''s name is 70002 bytes long'),
  (8, 'lease', null, 'unknown model syntax: ''a/b  x: y'''),
  (9, 'lease', '{"prompt": "a cat"}', null)$$, 'each with its reason'
);
select cmp_ok((select max(length(s.model)) from basepool.seats as s), '<=', 200, 'and no more of its name than people read');
select is(
  (select count(*) from lease as l cross join lateral basepool.record_rejected(
    l.attempt_id, 'transport', null, 'unsendable: ' || l.reason) as r
  where l.reason is not null and r.rule = 'unsendable')
  , 8::bigint, 'it is recorded'
);
select results_eq(
  $$select g.n, o.status, o.error_message from given as g
  inner join public.generations as o on o.id = g.id where g.n in (1, 9) order by 1$$,
  $$values (1::bigint, 'failed', 'unsendable: the input has a number that is out of the range of a double (1.8e308)')
  , (9, 'pending', null)$$, 'each fails alone'
);
select is_empty('select * from basepool.lost_attempts', 'nothing is looked for');
select results_eq(
  'select distinct a.state, a.error_rule, a.decision from basepool.attempts as a', $$values ('rejected', 'unsendable', 'fail')$$
  , 'the history says so'
);
select is_empty($$select * from basepool.list_tokens() as t where t.state <> 'ready' or t.error_count > 0$$, 'no token is blamed');
select is(
  (select basepool._recognize_prediction(E'a/b\nx', '{}', '{"model": "a/b", "input": {}}')), 'different'
  , 'nothing was sent of no model'
);

-- a retry goes through the door: what it refuses spoils no other
select pg_temp.pass('1 minute');
select results_eq(
  $$select r.outcome, count(*) from basepool.retry_generations(p_error => 'unsendable') as r group by 1 order by 1$$,
  $$values ('has no input to send', 1::bigint), ('refused: replicate_model is 70002 bytes long, more than 1024', 1)
  , ('refused: the input has a number of more than 1100 digits', 1)
  , ('refused: the input has a number that is out of the range of a double (1.8e308)', 1)
  , ('refused: the input is a JSON array, not a JSON object', 1), ('refused: the input is larger than 1000000 bytes', 1)
  , ('refused: the input is nested deeper than 64 levels', 1), ('refused: unknown model syntax: ''a/b  x: y''', 1)$$
  , 'each is refused alone'
);

select * from finish();
rollback;
