-- empty is an answer of its own, and says when the next retry is due; no tokens at all is dead, with what to do
begin;
select plan(5);
\ir ../../helpers.psql

select results_eq(
  $$select answer, busy_until, reason from basepool.claim_generations('tester', 1)$$,
  $$values ('empty', null::timestamptz, 'nothing waits')$$, 'nothing waits'
);
select pg_temp.submit(1);
select results_eq(
  $$select answer, reason from basepool.claim_generations('tester', 1)$$,
  $$values ('dead', 'there is no token: add one with basepool tokens add')$$, 'no token'
);
select pg_temp.add_tokens(1);
select basepool.record_rejected(c.attempt_id, 'transport', null, 'connect: refused')
from basepool.claim_generations('tester', 1) as c;
create temporary table answer as select c.* from basepool.claim_generations('tester', 1) as c;
select results_eq(
  'select answer, reason from answer', $$values ('empty', 'nothing waits, 1 will be tried again later')$$, 'a retry waits'
);
select ok((select busy_until - basepool.now() from answer) between interval '4 seconds' and interval '6 seconds', 'until then');
select pg_temp.pass('6 seconds');
select results_eq(
  $$select answer, attempt_no from basepool.claim_generations('tester', 1)$$, $$values ('lease', 2)$$, 'then it is leased'
);

select * from finish();
rollback;
