-- a 401 takes a token out of the round, visibly and for a time; a single lease brings it back
begin;
select plan(11);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(1))[1] as id;
create temporary table first_try as select pg_temp.start(1) as attempt_id;
select results_eq(
  $$select r.decision, r.rule from first_try as f cross join lateral basepool.record_rejected(
    f.attempt_id, 'http', 401, '{"title": "Unauthenticated", "detail": "You did not pass a valid authentication token"}') as r$$,
  $$values ('retry', 'token-refused')$$, 'the generation is tried again'
);
select results_eq(
  'select t.is_active, t.suspended_reason, t.error_count, t.last_error, t.last_error_at from public.replicate_tokens as t',
  $$select false, 'HTTP 401: Unauthenticated: You did not pass a valid authentication token', 1
    , 'HTTP 401: Unauthenticated: You did not pass a valid authentication token', basepool.now()$$,
  'the token is suspended and says why, in the app''s own columns too'
);
create temporary table answer as select c.* from basepool.claim_generations('tester', 5) as c;
select is((select answer from answer), 'dead', 'no other token is usable');
select ok(
  (select busy_until - basepool.now() from answer) between interval '5 minutes' and interval '5 minutes 30 seconds',
  'but it comes back by itself, then'
);
select pg_temp.submit_many(4, 2);

select pg_temp.pass('6 minutes');
create temporary table probe as select c.* from basepool.claim_generations('tester', 5) as c;
select is((select count(*) from probe), 1::bigint, 'one lease probes it');
select matches(
  (select reason from basepool.claim_generations('tester', 5)), 'one lease probes whether it works again', 'the others wait'
);
select basepool.record_rejected(p.attempt_id, 'http', 401, '{"title": "Unauthenticated"}') from probe as p;
select ok(
  (select t.suspended_until - basepool.now() from public.replicate_tokens as t)
  between interval '10 minutes' and interval '11 minutes', 'refused again: twice as long'
);

select pg_temp.pass('12 minutes');
create temporary table second_probe as select c.* from basepool.claim_generations('tester', 5) as c;
select basepool.record_submitted(p.attempt_id, pg_temp.prediction('p2', 'starting')) from second_probe as p;
select results_eq(
  'select t.is_active, t.suspended_until, t.suspended_reason, t.failure_streak from public.replicate_tokens as t',
  $$values (true, null::timestamptz, null::text, 0)$$, 'accepted: it is back'
);
select is((select count(*) from basepool.claim_generations('tester', 9)), 4::bigint, 'fully');

select basepool.disable_token((select p.id from pool as p));
select pg_temp.submit_many(1, 20);
select results_eq(
  $$select answer, busy_until from basepool.claim_generations('tester', 9)$$, $$values ('dead', null::timestamptz)$$,
  'disabled by an operator: the pool is dead'
);
select matches(
  (select reason from basepool.claim_generations('tester', 9)), 'disabled, 5 still in flight', 'because'
);

select * from finish();
rollback;
