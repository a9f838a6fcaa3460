-- after 30 minutes: failed, the message, completed_at; slot and user limit free; the prediction is cancelled at Replicate
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_submitted(a.id, pg_temp.prediction('p1', 'processing')) from attempt as a;
select pg_temp.submit(2);
select pg_temp.pass('29 minutes 59 seconds');
select is(basepool._fail_stuck_generations(), 0, 'not a second early');
select pg_temp.pass('2 seconds');
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'processing'), 'poll') from attempt as a;
select is(basepool._fail_stuck_generations(), 2, 'one that still runs, as Replicate says, and one that waits');
select results_eq(
  'select g.status, g.error_message, g.completed_at from public.generations as g',
  $$select 'failed', 'Превышено время ожидания', basepool.now() from generate_series(1, 2)$$, 'with the review''s message'
);
select results_eq(
  'select a.state, a.finished_at, a.decision from basepool._all_attempts() as a',
  $$values ('canceled', basepool.now(), 'stuck for longer than 00:30:00')$$, 'the slot is free'
);
select is_empty('select from basepool.queue', 'nothing waits any more');
select results_eq(
  $$select prediction_id, token from basepool.claim_cancellations(9)$$, $$values ('p1', 'r8_token_number_1')$$,
  'what runs at Replicate is to be cancelled there'
);
select is(basepool._fail_stuck_generations(), 0, 'once');
select lives_ok('select pg_temp.submit(1) from generate_series(1, 5)', 'the user has his five places again');

select basepool.configure('{"stuck_after": "1 minute", "stuck_message": "timeout"}');
select pg_temp.pass('2 minutes');
select results_eq(
  $$select
    (select basepool._fail_stuck_generations(3)),
    (select count(*) from public.generations as g where g.error_message = 'timeout')$$,
  $$values (3, 0::bigint)$$, 'time and message are settings, and the batch is bounded'
);

select * from finish();
rollback;
