-- a token has as many leases as slots, and a slot that becomes free is used again
begin;
select plan(7);
\ir ../../helpers.psql

select pg_temp.add_tokens(2, 3);
select pg_temp.submit_many(9);
create temporary table leases as select c.* from basepool.claim_generations('tester', 9) as c;
select is((select count(*) from leases), 6::bigint, 'two tokens with three slots: six leases');
select results_eq(
  $$select answer, busy_until, reason ~ 'all 3 slots are busy' from basepool.claim_generations('tester', 9)$$,
  $$values ('busy', null::timestamptz, true)$$,
  'then all are busy, until a prediction ends'
);

select basepool.record_submitted(l.attempt_id, pg_temp.prediction('p1', 'starting')) from leases as l
order by l.attempt_id
limit 1;
select is((select count(*) from basepool.claim_generations('tester', 9)
where answer = 'lease'), 0::bigint, 'running keeps it');
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded'), 'poll')
from basepool.attempts as a
where a.prediction_id = 'p1';
select results_eq(
  $$select token_id from basepool.claim_generations('tester', 9)$$,
  $$select a.token_id from basepool.attempts as a where a.prediction_id = 'p1'$$,
  'its end frees the slot'
);

select throws_ok(
  $$update basepool.attempts set slot_no = 1 where slot_no = 2$$, '23505',
  'duplicate key value violates unique constraint "attempts_slot_key"'
);
select throws_ok(
  $$update basepool.attempts set slot_no = 4 where slot_no = 2$$, '23503',
  'insert or update on table "attempts" violates foreign key constraint "attempts_token_id_slot_no_fkey"'
);
select throws_ok(
  $$update basepool.attempts set slot_no = null where slot_no = 2$$, '23514',
  'new row for relation "attempts" violates check constraint "attempts_in_flight_has_slot"'
);

select * from finish();
rollback;
