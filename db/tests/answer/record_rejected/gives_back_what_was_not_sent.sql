-- what a slow glue could not send in time is given back: it waits where it was, costs it no try, and nobody is blamed
begin;
select plan(7);
\ir ../../helpers.psql

select basepool.configure('{"max_attempts": 1}');
select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
create temporary table place as select a.queue_tag from basepool._all_attempts() as a;
select pg_temp.submit(2);
select results_eq(
  $$select r.decision, r.rule, r.retry_at from attempt as a
  cross join lateral basepool.record_rejected(a.id, 'transport', null, 'unsent: 2.3 s after its claim') as r$$,
  $$values ('retry', 'sent-too-late', basepool.now())$$, 'it is given back'
);
select results_eq(
  'select a.state, a.error, a.finished_at from basepool._all_attempts() as a',
  $$values ('rejected', 'unsent: 2.3 s after its claim', basepool.now())$$, 'its place at the token is free'
);
select results_eq(
  'select q.tag, q.run_after from basepool.queue as q where q.user_id = pg_temp.user_id(1)',
  'select p.queue_tag, null::timestamptz from place as p', 'it waits for nothing, where it was in the queue'
);
select results_eq(
  'select t.error_count, t.last_error, t.is_active from public.replicate_tokens as t',
  $$values (0, null::text, true)$$, 'the token is not to blame'
);

do $$
declare
  v_attempt uuid;
begin
  for v_time in 1..30 loop
    v_attempt := (select c.attempt_id from basepool.claim_generations('tester', 1) as c);
    perform basepool.record_rejected(v_attempt, 'transport', null, 'unsent: 2.3 s after its claim');
    perform pg_temp.pass('2 seconds');
  end loop;
end
$$;
select results_eq(
  $$select count(*) from basepool._all_attempts() as a where a.error_rule = 'sent-too-late'$$, array[31::bigint],
  'as often as it takes'
);
select is(pg_temp.status(g.id), 'pending', 'which uses up none of its tries')
from public.generations as g
where g.user_id = pg_temp.user_id(1);
update basepool.error_rules set max_retries = 5
where name = 'not-sent';
select results_eq(
  $$select r.decision from basepool.claim_generations('tester', 1) as c
  cross join lateral basepool.record_rejected(c.attempt_id, 'transport', null, 'connect: no') as r$$,
  $$values ('fail')$$, 'a try that counts still does'
);

select * from finish();
rollback;
