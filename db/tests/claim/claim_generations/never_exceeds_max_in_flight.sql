-- a token has as many leases as seats, and a seat that becomes free is used again
begin;
select plan(7);
\ir ../../helpers.psql

select pg_temp.add_tokens(2, 3);
select pg_temp.submit_many(9);
create temporary table leases as select c.* from basepool.claim_generations('tester', 9) as c;
select is((select count(*) from leases), 6::bigint, 'two tokens with three seats: six leases');
select results_eq(
  $$select answer, busy_until, reason ~ 'all 3 seats are taken' from basepool.claim_generations('tester', 9)$$,
  $$values ('busy', null::timestamptz, true)$$,
  'then all are busy, until a prediction ends'
);

select basepool.record_submitted(l.attempt_id, pg_temp.prediction('p1', 'starting')) from leases as l
order by l.attempt_id
limit 1;
select is((select count(*) from basepool.claim_generations('tester', 9)
where answer = 'lease'), 0::bigint, 'running keeps it');
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded'), 'poll')
from basepool._all_attempts() as a
where a.prediction_id = 'p1';
select results_eq(
  $$select token_id from basepool.claim_generations('tester', 9)$$,
  $$select a.token_id from basepool._all_attempts() as a where a.prediction_id = 'p1'$$,
  'its end frees the seat'
);

select throws_ok(
  $$insert into basepool.seats (id, token_id, turn) select s.id, s.token_id, 0 from basepool.seats as s limit 1$$, '23505',
  'duplicate key value violates unique constraint "seats_pkey"'
);
select throws_ok(
  $$update basepool.seats set generation_id = (select s.generation_id from basepool.seats as s where s.id % 1000 = 0 limit 1)
  where id % 1000 = 2$$, '23505',
  'duplicate key value violates unique constraint "seats_generation_key"'
);
select throws_ok(
  $$update basepool.seats set generation_id = null where id % 1000 = 2$$, '23514',
  'new row for relation "seats" violates check constraint "seats_taken_whole"'
);

select * from finish();
rollback;
