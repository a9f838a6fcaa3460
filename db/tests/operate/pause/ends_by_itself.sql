-- a pause with an end needs nobody, and what it has held back comes with the next claim
begin;
select plan(13);
\ir ../../helpers.psql

create function pg_temp.leased(p_max integer default 9) returns bigint
language sql as $$
  select count(*) from basepool.claim_generations('tester', p_max) as c where c.answer = 'lease'
$$;
select pg_temp.add_tokens(1);
select pg_temp.submit_many(4);
select basepool.pause('pool', null, basepool.now() + interval '1 minute');
select basepool.pause('model', 'acme/painter', basepool.now() + interval '2 minutes');
select basepool.pause('user', pg_temp.user_id(1)::text, basepool.now() + interval '3 minutes', 'first', 'bob');
select basepool.pause('user', pg_temp.user_id(1)::text, basepool.now() + interval '4 minutes', 'second', 'carol');
select results_eq(
  $$select h.reason, h.paused_by like 'carol (%)', h.until - basepool.now() from basepool._list_holds() as h where h.kind = 'user'$$
  , $$values ('second', true, interval '4 minutes')$$, 'said again, it counts as it was said last'
);
select is(
  (select c.busy_until - basepool.now() from basepool.claim_generations('tester', 9) as c), interval '1 minute', 'the pool first'
);
select pg_temp.pass('1 minute');
select is(
  (select c.busy_until - basepool.now() from basepool.claim_generations('tester', 9) as c), interval '1 minute', 'then the model'
);
select is((select count(*) from basepool.queue as q
where q.parked_for is not null), 4::bigint, 'all are parked');
select is(
  (select basepool._explain_generation(g.id) ->> 'earliest_start' from public.generations as g
where g.user_id = pg_temp.user_id(1))::timestamptz, basepool.now() + interval '3 minutes', 'what lasts longest counts'
);
select pg_temp.pass('1 minute');
select is(pg_temp.leased(), 3::bigint, 'three go');
select is((select count(*) from basepool.pauses), 1::bigint, 'what is over is gone');
select pg_temp.pass('2 minutes');
select is(pg_temp.leased(), 1::bigint, 'then the last');
select is((select count(*) from basepool.pauses), 0::bigint, 'nothing is held back');

-- an account's
select basepool.pause('account', 'sim-1', basepool.now() + interval '1 minute');
select pg_temp.submit(9);
select is(pg_temp.leased(), 0::bigint, 'an account');
select pg_temp.pass('1 minute');
select is(pg_temp.leased(), 1::bigint, 'is back by itself');

-- a cancel of what is parked
select basepool.pause('user', pg_temp.user_id(9)::text);
select pg_temp.submit(9);
select pg_temp.leased();
select basepool.cancel_for_user(g.id) from public.generations as g
where g.user_id = pg_temp.user_id(9) and g.status = 'pending' and g.id in (select q.generation_id from basepool.queue as q);
select is((select count(*) from basepool.queue), 0::bigint, 'what is cancelled leaves the queue');
select results_eq(
  'select c.answer, c.busy_until from basepool.claim_generations(''tester'', 9) as c', $$values ('empty', null::timestamptz)$$
  , 'and then nothing waits'
);

select * from finish();
rollback;
