-- a suspended token is asked about before it is due: known again it is half-open at once, refused it waits twice as long
begin;
select plan(15);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(1))[1] as id;
select basepool.record_rejected(pg_temp.start(1), 'http', 401, '{"title": "Unauthenticated"}');
select is_empty($$select * from basepool.claim_probes(9)$$, 'not at once');
select pg_temp.pass('5 minutes 30 seconds');
select results_eq(
  $$select token_id, token from basepool.claim_probes(9)$$,
  $$select p.id, 'r8_token_number_1' from pool as p$$,
  'when it is due'
);
select is_empty($$select * from basepool.claim_probes(9)$$, 'by one worker');
select is(basepool.record_probe(p.id, 401, '{"title": "Unauthenticated"}'), 'still refused', 'refused') from pool as p;
select ok(
  (
      select t.suspended_until - basepool.now() between interval '10 minutes' and interval '11 minutes'
      from public.replicate_tokens as t
  ),
  'it waits twice as long'
);
select is((select answer from basepool.claim_generations('tester', 1)), 'dead', 'and gets no lease');
select pg_temp.pass('11 minutes');
select is((select count(*) from basepool.claim_probes(9)), 1::bigint, 'asked about again');
select is(basepool.record_probe(p.id, null, 'timeout'), 'no answer about the token', 'no answer says nothing') from pool as p;
select is(basepool.record_probe(p.id, 200), 'half-open', 'known again') from pool as p;
select pg_temp.submit_many(2, 10);
select is((select count(*) from basepool.claim_generations('tester', 9)), 1::bigint, 'a single lease tries it');
select basepool.record_submitted(a.id, pg_temp.prediction('p1', 'starting'))
from basepool._all_attempts() as a
where a.finished_at is null;
select is((select count(*) from basepool.claim_generations('tester', 9)), 2::bigint, 'then it is back fully');
select is(basepool.record_probe(p.id, 200), 'not suspended', 'and there is nothing to probe') from pool as p;

-- an account paused for want of credit
select basepool.record_rejected(pg_temp.start(30), 'http', 402, '{"title": "Insufficient credit"}');
select is((select a.credit from basepool.accounts as a), 'none', 'no credit');
select is_empty($$select * from basepool.claim_probes(9)$$, 'is asked about');
select pg_temp.pass('11 minutes');
select is((select count(*) from basepool.claim_probes(9)), 1::bigint, 'when its pause ends');

select * from finish();
rollback;
