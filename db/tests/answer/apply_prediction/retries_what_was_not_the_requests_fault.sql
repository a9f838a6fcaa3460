-- a prediction that was interrupted is tried again; one that was flagged is not, and costs no token anything
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_submitted(a.id, pg_temp.prediction('p1', 'starting')) from attempt as a;
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'failed', 'Prediction interrupted; please retry (code: PA)'), 'poll'),
  'applied', 'interrupted'
) from attempt as a;
select results_eq(
  'select g.status, g.replicate_prediction_id, g.completed_at from public.generations as g',
  $$values ('pending', null::text, null::timestamptz)$$, 'it is pending again'
);
select results_eq(
  'select a.state, a.error_rule, a.decision from basepool._all_attempts() as a',
  $$values ('failed', 'interrupted', 'retry 1 of 3')$$, 'the attempt says why'
);
select pg_temp.pass('2 seconds');
create temporary table second_try as select c.* from basepool.claim_generations('tester', 1) as c;
select is((select s.attempt_no from second_try as s), 2, 'a second attempt');
select isnt(
  (select s.token_id from second_try as s), (select a.token_id from basepool._all_attempts() as a
where a.attempt_no = 1),
  'with the next token'
);
select basepool.record_submitted(s.attempt_id, pg_temp.prediction('p2', 'starting')) from second_try as s;
select is(
  basepool.apply_prediction(
    s.attempt_id, pg_temp.prediction('p2', 'failed', 'The input or output was flagged as sensitive. (E005)'), 'poll'
  ), 'applied', 'flagged'
) from second_try as s;
select results_eq(
  'select g.status, g.error_message from public.generations as g',
  $$values ('failed', 'The input or output was flagged as sensitive. (E005)')$$, 'is final'
);
select results_eq(
  'select t.error_count from public.replicate_tokens as t', $$values (0), (0)$$,
  'neither was a token''s fault'
);
select is_empty('select from basepool.queue', 'nothing waits');

select * from finish();
rollback;
