-- a lease says what to send, where, with which token and within what time; the attempt is written before anything is sent
begin;
select plan(8);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select public.submit_generation('acme/painter', '{"prompt": "a cat"}', p_user_id => pg_temp.user_id(1));
create temporary table lease as select c.* from basepool.claim_generations('tester', 1) as c;

select results_eq(
  $$select answer, attempt_no, token, route, target, input, cancel_after_seconds, submit_timeout_seconds, send_within_seconds
  from lease$$,
  $$values ('lease', 1, 'r8_token_number_1', 'models', 'acme/painter', '{"prompt": "a cat"}', 1800, 60
  , 2.0::double precision)$$,
  'the lease'
);
select results_eq(
  'select a.id, a.generation_id, a.token_id, a.account_id, a.finished_at, a.state, a.worker, a.leased_at
  from basepool._all_attempts() as a',
  $$select l.attempt_id, l.generation_id, l.token_id, l.account_id, null::timestamptz, 'submitting', 'tester', basepool.now()
  from lease as l$$,
  'the attempt is written'
);
select results_eq(
  'select g.status, g.started_at, g.replicate_token_index from public.generations as g',
  $$values ('pending', null::timestamptz, null::integer)$$,
  'the app''s row is not written before Replicate has it'
);
select is_empty('select from basepool.queue', 'it has left the queue');
select basepool._roll_up();
select results_eq(
  'select t.request_count, t.error_count, t.last_used_at from public.replicate_tokens as t',
  'select 1, 0, basepool.now()', 'the token that was used is credited'
);

select pg_temp.submit(2, 'acme/painter:' || repeat('0a', 32));
select pg_temp.submit(3, repeat('0b', 32));
insert into basepool.models (pattern) values ('deployments/acme/*');
select pg_temp.submit(4, 'deployments/acme/fast');
select bag_eq(
  $$select route, target from basepool.claim_generations('tester', 10)$$,
  $$values ('predictions', 'acme/painter:' || repeat('0a', 32)), ('predictions', repeat('0b', 32)), ('deployments', 'acme/fast')$$,
  'the other ways to write a model take their own routes'
);
select throws_ok($$select basepool.claim_generations('tester', 0)$$, 'PT400', 'p_max is 0');
select throws_ok($$select basepool.claim_generations('', 1)$$, 'PT400', 'p_worker is empty');

select * from finish();
rollback;
