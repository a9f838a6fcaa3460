-- what is beyond a model's limit in flight waits, others pass it, and its end lets the fairest in
begin;
select plan(24);
\ir ../../helpers.psql

select pg_temp.add_tokens(2, 20);
insert into basepool.models (pattern, max_in_flight, timeout) values ('acme/film', 2, '5 minutes'), ('*', null, null);
create function pg_temp.claimed() returns text language sql as $$
  select string_agg(right(g.user_id::text, 2) || ' ' || g.replicate_model, ', ' order by g.user_id)
  from basepool.claim_generations('tester', 10) as c
  inner join public.generations as g on g.id = c.generation_id
$$;
create function pg_temp.flying() returns bigint language sql as $$
  select count(*) from basepool.seats as s where s.attempt_id is not null and s.model like 'acme/film%'
$$;
select pg_temp.submit(s.n, 'acme/film') from generate_series(1, 5) as s (n);
select pg_temp.submit(6);
select is((select count(*) from basepool.queue as q
where q.run_after is null), 1::bigint, 'five wait at the gate');
select is(pg_temp.claimed(), '06 acme/painter', 'nobody has to wait behind them');
select is(pg_temp.claimed(), '01 acme/film, 02 acme/film', 'two are let through');
select results_eq(
  'select c.answer, c.busy_until, c.reason from basepool.claim_generations(''tester'', 10) as c',
  $$values ('busy', null::timestamptz, 'all that waits is of models of which no more may be in flight')$$, 'and no more'
);
select results_eq(
  $$select e ->> 'waits_for', e ->> 'position' from public.generations as g
  cross join lateral basepool._explain_generation(g.id) as e where g.user_id in (pg_temp.user_id(4))$$,
  $$values ('model', '2')$$, 'why says so'
);
select is(basepool.get_status() #>> '{queue,gated}', '3', 'and the status');
select is(basepool.get_status() #>> '{queue,delayed}', '0', 'it is not to be tried again');

-- an end, at Replicate
select basepool.record_submitted(s.attempt_id, pg_temp.prediction('p' || s.id, 'processing')) from basepool.seats as s
where s.attempt_id is not null;
select basepool.apply_prediction(s.attempt_id, pg_temp.prediction('p' || s.id, 'succeeded'), 'poll') from basepool.seats as s
inner join public.generations as g on s.generation_id = g.id
where g.user_id = pg_temp.user_id(1);
select is(pg_temp.claimed(), '03 acme/film', 'one ends, one begins');
select basepool.cancel_for_user(g.id) from public.generations as g
where g.user_id = pg_temp.user_id(2);
select is(pg_temp.flying(), 1::bigint, 'one is cancelled');
select is(pg_temp.claimed(), null, 'but may still run');
select basepool.apply_prediction(c.id, pg_temp.prediction(c.prediction_id, 'canceled'), 'cancel') from basepool.cancellations as c;
select is(pg_temp.claimed(), '04 acme/film', 'until Replicate says that it does not');

-- a retry waits at the gate again
select basepool.record_rejected(s.attempt_id, 'http', 429, '{}') from basepool.seats as s
inner join public.generations as g on s.generation_id = g.id
where g.user_id = pg_temp.user_id(4);
select is(pg_temp.flying(), 1::bigint, 'one was throttled');
select is(pg_temp.claimed(), '05 acme/film', 'another one has its place');
select is(pg_temp.claimed(), null, 'and no more');
select basepool.record_rejected(s.attempt_id, 'transport', null, 'connect: no route') from basepool.seats as s
inner join public.generations as g on s.generation_id = g.id
where g.user_id = pg_temp.user_id(5);
select is(pg_temp.claimed(), '04 acme/film', 'one that waits a while lets others pass');
select pg_temp.pass('10 seconds');
select is(pg_temp.claimed(), null, 'and when it is due, it waits for its model');
select is((select q.run_after from basepool.queue as q), 'infinity'::timestamptz, 'at the gate');

-- the limit changes
update basepool.models set max_in_flight = 3
where pattern = 'acme/film';
select is(pg_temp.claimed(), '05 acme/film', 'more are let through');
select pg_temp.submit(7, 'acme/film:' || repeat('0a', 32));
select is(pg_temp.claimed(), null, 'a version is the same model');
update basepool.models set max_in_flight = null
where pattern = 'acme/film';
select alike(pg_temp.claimed(), '07 acme/film:%', 'without a limit nobody waits for it');
select pg_temp.submit(8, 'acme/film');
update basepool.models set max_in_flight = 1
where pattern = 'acme/film';
select is((select q.gate from basepool.queue as q), 'acme/film', 'what waits already is bound by a new limit');
select is(pg_temp.claimed(), null, 'too many are in flight');

-- what Replicate is told
select pg_temp.submit(9);
select is(
  (select c.cancel_after_seconds from basepool.claim_generations('tester', 1) as c), 1800, 'as the setting says'
);
select results_eq(
  $$select basepool._cancel_after('acme/film', '30 minutes'), basepool._cancel_after('acme/film', '1 minute')$$,
  'values (300, 60)', 'or sooner, where the model says so'
);

select * from finish();
rollback;
