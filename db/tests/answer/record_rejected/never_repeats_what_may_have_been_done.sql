-- a lost answer or a 5xx says nothing about whether the prediction exists: the slot is kept and nothing is sent again
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
create temporary table attempt as select pg_temp.start(1) as id;
select results_eq(
  $$select r.decision, r.rule from attempt as a
  cross join lateral basepool.record_rejected(a.id, 'transport', null, 'timeout: no answer in 60 s') as r$$,
  $$values ('find_out', 'answer-lost')$$, 'no answer'
);
select results_eq(
  'select a.state, a.finished_at from basepool._all_attempts() as a',
  $$values ('unknown', null::timestamptz)$$, 'unknown, and still in flight'
);
select is((select g.status from public.generations as g), 'pending', 'the generation goes on');
select pg_temp.pass('10 minutes');
select is((select answer from basepool.claim_generations('tester', 9)), 'empty', 'nobody sends it again');
select results_eq(
  $$select r.decision, r.rule from basepool.record_rejected(pg_temp.start(2), 'http', 502, '<html>Bad Gateway</html>') as r$$,
  $$values ('find_out', 'server-error')$$, 'a 5xx is no different'
);

select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded', null, '["https://x/1.png"]'), 'webhook', 'w1'), 'applied',
  'its webhook names the attempt and so it is found'
) from attempt as a;
select results_eq(
  $$select g.status, g.output_urls, g.replicate_prediction_id from public.generations as g
  where g.user_id = pg_temp.user_id(1)$$,
  $$values ('completed', array['https://x/1.png'], 'p1')$$, 'and delivered'
);
select throws_ok(
  $$select basepool.record_rejected(a.id, 'http', 422, '') from attempt as a$$,
  'TP023', (select format('attempt %s is succeeded already', a.id) from attempt as a), 'the late writer is told so'
);
select is(
  (select g.status from public.generations as g
where g.user_id = pg_temp.user_id(1)), 'completed', 'nothing at all'
);

select * from finish();
rollback;
