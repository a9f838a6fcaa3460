-- a model that fails is left alone, and one of it at a time tries it; the other models go on
begin;
select plan(24);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
select basepool.configure('{"stuck_after": "30 days", "user_active_limit": 100}');
create function pg_temp.is_open() returns boolean
language sql as $$
  select exists (select from basepool.breakers as b where b.name = 'acme/film' and b.opened_at is not null)
$$;
-- claims what there is; each of the film fails, or succeeds, and the others succeed. Returns how many of the film there were
create function pg_temp.run(p_error text default null, p_max integer default 20) returns bigint
language plpgsql as $$
declare
  v_lease record;
  v_films bigint := 0;
begin
  for v_lease in
    select c.attempt_id, c.target like 'acme/film%' as is_film from basepool.claim_generations('tester', p_max) as c where c.answer = 'lease'
  loop
    perform basepool.record_submitted(v_lease.attempt_id, pg_temp.prediction('p' || v_lease.attempt_id, 'starting'));
    perform pg_temp.pass('1 second');
    perform basepool.apply_prediction(
      v_lease.attempt_id
      , pg_temp.prediction(
        'p' || v_lease.attempt_id, case when v_lease.is_film and p_error is not null then 'failed' else 'succeeded' end, p_error
      )
      , 'poll'
    );
    v_films := v_films + v_lease.is_film::integer;
  end loop;
  return v_films;
end
$$;
select pg_temp.submit(s.n, 'acme/film') from generate_series(1, 3) as s (n);
select is(pg_temp.run('Service is temporarily unavailable. (E004)'), 3::bigint, 'three of a model fail');
select ok(pg_temp.is_open(), 'which opens its breaker');
select pg_temp.submit(s.n, case when s.n % 2 = 0 then 'acme/film:' || repeat('a', 64) else 'acme/painter' end)
from generate_series(11, 30) as s (n);
select is(pg_temp.run(), 0::bigint, 'none of it is claimed');
select is((select count(*) from public.generations as g
where g.status = 'completed'), 10::bigint, 'those of another model are');
select is((select count(*) from basepool.queue as q
where q.parked_for = 'model acme/film'), 10::bigint, 'its own are out of the way');
select results_eq(
  $$select w.why ->> 'waits_for', w.why ->> 'reason' from public.generations as g
  cross join lateral (select basepool._explain_generation(g.id) as why) as w where g.user_id = pg_temp.user_id(12)$$
  , $$values ('breaker', 'its model fails at Replicate; it is tried until it works again')$$, 'and say why'
);
select results_eq(
  $$select f.name, f.says like '3 in a row have failed at Replicate, of model acme/film, since % (unavailable: Service is %'
  from basepool._list_findings(basepool.now()) as f$$
  , $$values ('breaker-model-acme/film', true)$$, 'so does the status'
);
select results_eq(
  $$select l.state, l.error_count from basepool.list_tokens() as l$$, $$values ('ready', 0), ('ready', 0)$$, 'the tokens are ready'
);

-- the three that failed come back when their time has come, and wait with the others
select pg_temp.pass('1 minute');
create temporary table tries (nth integer, films bigint, wait interval);
do $$
begin
  for v_nth in 1..4 loop
    insert into tries
    select v_nth, pg_temp.run('Service is currently unavailable due to high demand (E003)'), null;
    perform pg_temp.run();
    update tries as t set wait = b.open_until - basepool.now() from basepool.breakers as b where t.nth = v_nth;
    perform pg_temp.pass('31 seconds');
  end loop;
end
$$;
select results_eq(
  'select t.films from tries as t order by t.nth', 'values (1::bigint), (1), (1), (1)', 'one at a time tries it'
);
select results_eq(
  $$select t.wait between case t.nth when 1 then interval '9 seconds' when 2 then '19 seconds' else '29 seconds' end
    and interval '30 seconds' from tries as t order by t.nth$$
  , 'values (true), (true), (true), (true)', 'at growing pauses'
);
select is((select count(*) from public.generations as g
where g.status = 'failed'), 0::bigint, 'none has failed for good');
select is((select sum(t.error_count) from public.replicate_tokens as t), 0::bigint, 'no token is to blame');

-- a refusal of its input is an answer of the model, too
select pg_temp.pass('1 minute');
create temporary table waiting as select count(*) as number from basepool.queue;
select is(pg_temp.run('flagged as sensitive (E005)'), 1::bigint, 'one is flagged');
select is(pg_temp.run(), w.number - 1, 'so the model works, and all others follow') from waiting as w;
select ok(not pg_temp.is_open(), 'its breaker is closed');
select pg_temp.pass('1 minute');
select pg_temp.run();
select is((select count(*) from public.generations as g
where g.status <> 'completed'), 1::bigint, 'all but the flagged one are completed');

-- one that takes its time: nobody else tries it meanwhile, but not for ever
insert into basepool.breakers (name, failures, failed_at, failed_generation, rule, error, opened_at, open_until)
values ('acme/film', 3, basepool.now(), gen_random_uuid(), 'unavailable', 'x', basepool.now(), basepool.now());
select pg_temp.submit(s.n, 'acme/film') from generate_series(51, 53) as s (n);
create temporary table try as select
c.attempt_id,
c.answer
from basepool.claim_generations('tester', 9) as c;
select is((select count(*) from try as t
where t.answer = 'lease'), 1::bigint, 'one tries it');
select basepool.record_submitted(t.attempt_id, pg_temp.prediction('long', 'processing')) from try as t;
select pg_temp.pass('2 minutes');
select is((select c.answer from basepool.claim_generations('tester', 9) as c), 'busy', 'it runs');
select pg_temp.pass('1 minute');
select is((select count(*) from basepool.claim_generations('tester', 9) as c
where c.answer = 'lease'), 1::bigint, 'after its time another tries it');
select basepool.apply_prediction(s.attempt_id, pg_temp.prediction('p' || s.attempt_id, 'succeeded'), 'poll')
from basepool.seats as s
where s.attempt_id is not null and s.prediction_id is null;
select is((select count(*) from basepool.claim_generations('tester', 9) as c
where c.answer = 'lease'), 1::bigint, 'which succeeds: the last follows');

-- a person pauses it, too: nothing tries it
insert into basepool.breakers (name, failures, failed_at, failed_generation, rule, error, opened_at, open_until)
values ('acme/film', 3, basepool.now(), gen_random_uuid(), 'unavailable', 'x', basepool.now(), basepool.now());
select basepool.pause('model', 'acme/film');
select pg_temp.submit(61, 'acme/film');
select is((select c.answer from basepool.claim_generations('tester', 9) as c), 'busy', 'nothing is tried');
select
    is(
        basepool.resume('model', 'acme/film'), 'resumed, its breaker is closed, 1 wait with the others again', 'a person resumes it'
    );
select is((select count(*) from basepool.claim_generations('tester', 9) as c
where c.answer = 'lease'), 1::bigint, 'it goes');
select is((select count(*) from basepool.breakers as b
where b.opened_at is not null), 0::bigint, 'nothing is open');

select * from finish();
rollback;
