-- worker, turn, slot, rate, cooldown, retry, pool, answer, result, certainty, nobody: each with the earliest start
begin;
select plan(15);
\ir ../../helpers.psql

create function pg_temp.why(p_user integer) returns text
language sql as $$
  select basepool._explain_generation(g.id) ->> 'waits_for' from public.generations as g
  where g.user_id = pg_temp.user_id(p_user) order by g.created_at desc, g.id limit 1
$$;
create function pg_temp.start_in(p_user integer) returns interval
language sql as $$
  select (basepool._explain_generation(g.id) ->> 'earliest_start')::timestamptz - basepool.now() from public.generations as g
  where g.user_id = pg_temp.user_id(p_user)
$$;
select pg_temp.submit_many(2);
select is(pg_temp.why(1), 'pool', 'no token: the pool');
select pg_temp.add_tokens(1, 1);
select set_eq(
  $$select pg_temp.why(n) from generate_series(1, 2) as s (n)$$,
  array['worker', 'turn'],
  'one token: a worker for one, a turn for the other'
);
select is(pg_temp.start_in(2), interval '0', 'now');
create temporary table first_one as select c.* from basepool.claim_generations('tester', 1) as c;
select is(
  (select basepool._explain_generation(f.generation_id) ->> 'waits_for' from first_one as f), 'answer', 'it is being sent'
);
create temporary table second_one as
select g.id from public.generations as g
where g.status = 'pending' and g.id not in (select f.generation_id from first_one as f);
select is((select basepool._explain_generation(s.id) ->> 'waits_for' from second_one as s), 'slot', 'the other needs a seat');
select is(
  (select basepool._explain_generation(s.id) ->> 'earliest_start' from second_one as s),
  null,
  'until a prediction ends: nobody knows'
);
select basepool.record_submitted(f.attempt_id, pg_temp.prediction('p1', 'starting')) from first_one as f;
select is(
  (select basepool._explain_generation(f.generation_id) ->> 'waits_for' from first_one as f), 'result', 'it runs'
);
select basepool.limit_token(t.id, 10, null, 10) from public.replicate_tokens as t;
update basepool.limiters set creates_spent = basepool._microseconds(basepool.now() + interval '7 seconds');
select is((select basepool._explain_generation(s.id) ->> 'waits_for' from second_one as s), 'rate', 'creates per minute');
update basepool.limiters set creates_spent = 0;
update basepool.accounts set
    cooled_at = basepool.now(), cooldown_until = basepool.now() + interval '30 s';
select is((select basepool._explain_generation(s.id) ->> 'waits_for' from second_one as s), 'cooldown', 'a cooldown');
select is(
  (select (basepool._explain_generation(s.id) ->> 'earliest_start')::timestamptz - basepool.now() from second_one as s),
  interval '30 seconds', 'until then'
);
update basepool.accounts set cooled_at = null, cooldown_until = null;
select basepool.record_rejected(c.attempt_id, 'transport', null, 'connect: no') from basepool.claim_generations('tester', 1) as c;
select is((select basepool._explain_generation(s.id) ->> 'waits_for' from second_one as s), 'retry', 'its next try');
select pg_temp.pass('10 seconds');
select basepool.record_rejected(c.attempt_id, 'transport', null, 'timeout: no') from basepool.claim_generations('tester', 1) as c;
select is((select basepool._explain_generation(s.id) ->> 'waits_for' from second_one as s), 'certainty', 'its answer was lost');
select basepool.cancel_for_user(s.id) from second_one as s;
select is((select basepool._explain_generation(s.id) ->> 'waits_for' from second_one as s), 'nothing', 'it has ended');
select basepool.cut_over('*', 0);
insert into public.generations (user_id, action, model_id, model_name, replicate_model)
values (pg_temp.user_id(9), 'create', 'm', 'M', 'a/b');
select is(pg_temp.why(9), 'nobody', 'the app''s own');
select is(basepool._explain_generation(null), null, 'there is none');

select * from finish();
rollback;
