-- a throttled account gets nothing until its time has come, then one lease; its success opens it again. The others go on.
begin;
select plan(12);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
select pg_temp.submit_many(20);
create temporary table lease as select c.* from basepool.claim_generations('tester', 1) as c;
select results_eq(
  $$select r.decision, r.rule, r.retry_at from lease as l cross join lateral basepool.record_rejected(
    l.attempt_id, 'http', 429, '{"detail": "Request was throttled. Your rate limit resets in ~30s.", "status": 429}') as r$$,
  $$select 'retry', 'throttled', basepool.now()$$, 'the generation waits for nothing: another account may have it'
);
select is(
  (select a.cooldown_until - basepool.now() from basepool.accounts as a
where a.id = (select l.account_id from lease as l)),
  interval '30 seconds', 'the account cools down as long as the answer said'
);
select is(
  (select count(*) from basepool.claim_generations('tester', 5) as c
where c.account_id = (select l.account_id from lease as l)),
  0::bigint, 'it gets nothing'
);
select is((select count(*) from basepool._all_attempts()
where finished_at is null), 5::bigint, 'the other takes all five');

update basepool.accounts set cooldown_until = cooldown_until - interval '1 hour'
where id = -1;
select pg_temp.pass('31 seconds');
create temporary table probe as
select c.* from basepool.claim_generations('tester', 5) as c
where c.account_id = (select l.account_id from lease as l);
select is((select count(*) from probe), 1::bigint, 'when its time has come one lease probes it');
select is(
  (select count(*) from basepool.claim_generations('tester', 1) as c
where c.account_id = (select l.account_id from lease as l)),
  0::bigint, 'and no second one while the first has no answer'
);
select lives_ok(
  $$select basepool.record_submitted(p.attempt_id, pg_temp.prediction('p1', 'starting')) from probe as p$$, 'it is accepted'
);
select results_eq(
  $$select a.cooldown_until, a.cooldown_reason, a.failure_streak from basepool.accounts as a
  where a.id = (select l.account_id from lease as l)$$,
  $$values (null::timestamptz, null::text, 0)$$, 'which ends the cooldown'
);

-- the next one is longer each time, with a cap
create function pg_temp.cooldown_after_failures(p_times integer) returns interval
language plpgsql as $$
declare
  v_attempt uuid;
  v_account bigint;
begin
  delete from basepool.queue;
  perform basepool.disable_token(t.id) from public.replicate_tokens as t where t.account_id <> (select l.account_id from lease as l);
  for v_time in 1..p_times loop
    perform pg_temp.pass('2 hours');
    v_attempt := pg_temp.start(1000 + v_time);
    perform basepool.record_rejected(v_attempt, 'http', 402, '{"title": "Insufficient credit", "status": 402}');
    delete from basepool.queue;
  end loop;
  return (select a.cooldown_until - basepool.now() from basepool.accounts as a where a.id = (select l.account_id from lease as l));
end
$$;
select ok(
  (select c.cooldown between interval '10 minutes' and interval '11 minutes'
  from pg_temp.cooldown_after_failures(1) as c (cooldown)), 'no credit: ten minutes'
);
select ok(
  (select c.cooldown between interval '20 minutes' and interval '22 minutes'
  from pg_temp.cooldown_after_failures(1) as c (cooldown)), 'then twenty'
);
select ok(
  (select c.cooldown between interval '60 minutes' and interval '66 minutes'
  from pg_temp.cooldown_after_failures(3) as c (cooldown)), 'an hour at most'
);
select is(
  (select a.failure_streak from basepool.accounts as a
where a.id = (select l.account_id from lease as l)), 5, 'five in a row'
);

select * from finish();
rollback;
