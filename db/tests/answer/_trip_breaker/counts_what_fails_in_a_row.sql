-- ten of different generations in a row open the provider's breaker, three of a model that model's; what goes well in between, and
-- what is long ago, begins the count anew
begin;
select plan(22);
\ir ../../helpers.psql

create function pg_temp.breaker(p_name text default '') returns text
language sql as $$
  select coalesce(
    (select case when b.opened_at is null then b.failures || ' counted' else 'open' end from basepool.breakers as b where b.name = p_name)
    , 'none'
  )
$$;
-- an error of an attempt that was leased just now, of generation number n of a time
create function pg_temp.trip(p_rule text, p_generation integer default 0, p_model text default 'acme/painter') returns text
language plpgsql as $$
begin
  perform pg_temp.pass('1 second');
  perform basepool._trip_breaker(
    jsonb_populate_record(null::basepool.attempts, jsonb_build_object(
      'generation_id', case when p_generation = 0 then gen_random_uuid() else pg_temp.user_id(p_generation) end
      , 'model', p_model, 'leased_at', basepool.now() - interval '0.5 seconds'
    )), r, 'HTTP 500: no explanation'
  ) from basepool.error_rules as r where r.name = p_rule;
  return pg_temp.breaker(case when p_rule in ('high-demand', 'unavailable') then split_part(p_model, ':', 1) else '' end);
end
$$;
create function pg_temp.trips(p_times integer, p_rule text default 'server-error') returns text
language sql as $$
  select (array_agg(pg_temp.trip(p_rule) order by s.n))[p_times] from generate_series(1, p_times) as s (n)
$$;

select pg_temp.add_tokens(2);
create temporary table lease as select pg_temp.start(1) as attempt_id;
select is(pg_temp.trips(9), '9 counted', 'nine are counted');
select is((select count(*) from basepool._list_holds()), 0::bigint, 'and hold nothing back');
select pg_temp.pass('1 second');
select basepool.record_submitted(l.attempt_id, pg_temp.prediction('p1', 'starting')) from lease as l;
select is(pg_temp.trip('server-error'), '1 counted', 'one was accepted meanwhile');
select is(pg_temp.trips(8, 'not-sent'), '9 counted', 'whatever rule it was');
select pg_temp.pass('6 minutes');
select is(pg_temp.trip('answer-lost'), '1 counted', 'what was long ago is not in a row');
select is(
  (select string_agg(pg_temp.trip('answer-lost', 7), ' ') from generate_series(1, 12)), repeat('2 counted ', 11) || '2 counted'
  , 'one that fails again and again is one'
);
select is(pg_temp.trips(7, 'edge-blocked'), '9 counted', 'nine');
select is(pg_temp.trip('http-other'), 'open', 'the tenth opens it');
select results_eq(
  'select b.rule, b.failures, b.tries, b.opened_at, b.error from basepool.breakers as b where b.name = '''''
  , $$select 'http-other', 10, 0, basepool.now(), 'HTTP 500: no explanation'$$, 'and says what it was'
);
select ok(
  (select b.open_until - basepool.now() between interval '5 seconds' and interval '5.5 seconds' from basepool.breakers as b),
  'for a while'
);
select is(pg_temp.trips(3), 'open', 'what comes after that');
select is((select b.failures from basepool.breakers as b), 10, 'is not counted');

-- what had begun before another was accepted says nothing of now
delete from basepool.breakers;
select basepool._trip_breaker(
  jsonb_populate_record(null::basepool.attempts, jsonb_build_object(
    'generation_id', gen_random_uuid(), 'model', 'a/b', 'leased_at', basepool.now() - interval '1 hour'
  )), r, 'timeout'
) from basepool.error_rules as r
where r.name = 'answer-lost';
select is(pg_temp.breaker(), 'none', 'a call that had no answer while others were accepted');

-- a pool of few seats has no ten calls under way
select basepool.apply_prediction(l.attempt_id, pg_temp.prediction('p1', 'failed', 'flagged (E005)'), 'poll') from lease as l;
select basepool.limit_token(t.id, 2) from public.replicate_tokens as t;
select pg_temp.pass('10 minutes');
select is(pg_temp.trips(3), '3 counted', 'four seats');
select is(pg_temp.trip('server-error'), 'open', 'four errors');

-- models
select is(pg_temp.trip('high-demand', 1, 'acme/film'), '1 counted', 'a model');
select
    is(
        pg_temp.trip('unavailable', 1, 'acme/film:' || repeat('a', 64)),
        '2 counted',
        'whatever its version, the same generation, too'
    );
select is(pg_temp.trip('unavailable', 1, 'acme/painter'), '1 counted', 'another model is another matter');
select is(pg_temp.trip('high-demand', 2, 'acme/film'), 'open', 'three');
select pg_temp.trip('high-demand', 3);
insert into basepool.attempts
  (id, generation_id, attempt_no, seat_id, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at, finished_at)
select
  gen_random_uuid(),
gen_random_uuid(),
1,
t.id * 1000,
t.id,
t.account_id,
'succeeded',
'tester',
'acme/painter',
0,
basepool.now()
  , basepool.now(),
basepool.now() + interval '0.1 seconds'
from public.replicate_tokens as t
order by t.id limit 1;
select is(pg_temp.trip('high-demand', 4), '1 counted', 'one of its predictions succeeded meanwhile');
select is(
  (select string_agg(f.name, ' ' order by f.name) from basepool._list_findings(basepool.now()) as f
where f.name like 'breaker%')
  , 'breaker-model-acme/film breaker-provider', 'what is open is found'
);

-- no other rule has one
select is_empty(
  $$select r.name from basepool.error_rules as r
  where r.breaker is not null and (r.concerns in ('token', 'account', 'request') or r.action = 'fail')$$
  , 'nothing that is somebody''s fault'
);

select * from finish();
rollback;
