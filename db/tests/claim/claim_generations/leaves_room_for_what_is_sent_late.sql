-- the longer a lease may take to be sent, the slower the account's limit refills: Replicate counts arrivals
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 100);
update basepool.accounts set creates_per_minute = 20;
select pg_temp.submit_many(10);
select basepool.configure('{"send_within": "12 seconds"}');
select results_eq(
  'select send_within_seconds from basepool.claim_generations(''tester'', 10)',
  $$values (12.0::double precision), (12.0)$$, 'each lease says within what time it is to be sent'
);
select is(
  (select c.busy_until from basepool.claim_generations('tester', 1) as c), basepool.now() + interval '4 seconds',
  'the 18 of a minute that the burst leaves have to last for 72 seconds'
);
select pg_temp.pass('4 seconds');
select t.id from public.get_next_replicate_token() as t;
select is(
  (select c.busy_until from basepool.claim_generations('tester', 1) as c), basepool.now() + interval '4 seconds',
  'the app''s own calls count alike'
);
select basepool.configure('{"send_within": "0.5 seconds"}');
select pg_temp.pass('10 seconds');
select is(
  (select c.send_within_seconds from basepool.claim_generations('tester', 1) as c), 0.5::double precision,
  'it may be a part of a second'
);
select throws_ok(
  $$select basepool.configure('{"send_within": "2 minutes"}')$$, 'TP009',
  'send_within can''t be ''2 minutes'''
);

select * from finish();
rollback;
