-- a pool is run to the end, as the changes would have it: what was foretold is within a tenth of it, or one duration
begin;
select plan(17);
\ir ../../helpers.psql

select basepool.configure('{"user_active_limit": 100000, "keep_decisions": "0"}');
create temporary table pool as select pg_temp.add_tokens(4, 5) as ids;
insert into basepool.model_stats (model, runs, p50, p95, updated_at) values ('acme/painter', 50, '10 seconds', '11 seconds', now());
create function pg_temp.token(p_nth integer) returns integer language sql as $$ select p.ids[p_nth] from pool as p $$;

-- how long it takes in truth until nothing waits, when each takes ten seconds; all is undone then
create function pg_temp.run(p_how text) returns double precision language plpgsql as $$
declare
  v_began constant timestamptz := basepool.now();
  v_took double precision;
begin
  begin
    execute p_how;
    while exists (select from basepool.queue) and basepool.now() < v_began + interval '1 hour' loop
      perform basepool.apply_predictions((
        select jsonb_agg(jsonb_build_object('attempt', s.attempt_id, 'source', 'poll'
          , 'prediction', pg_temp.prediction('p' || s.attempt_id, 'succeeded')))
        from basepool.seats as s where s.attempt_id is not null and s.leased_at <= basepool.now() - interval '10 seconds'
      )) where exists (
        select from basepool.seats as s where s.attempt_id is not null and s.leased_at <= basepool.now() - interval '10 seconds'
      );
      perform basepool.claim_generations('tester', 200);
      exit when not exists (select from basepool.queue);
      perform pg_temp.pass('2 seconds');
    end loop;
    v_took := extract(epoch from basepool.now() - v_began);
    raise exception using errcode = 'TP998', message = 'undone';
  exception when sqlstate 'TP998' then
    null;
  end;
  return v_took;
end
$$;
-- what is foretold, in seconds; and whether it comes true
create function pg_temp.foretold(p_changes jsonb, p_which text default 'then') returns double precision language sql as $$
  select extract(epoch from (w.is #>> array[p_which, 'drained_at'])::timestamptz - basepool.now())
  from (select basepool.page_what_if(p_changes) as is) as w
$$;
create function pg_temp.is_near(p_foretold double precision, p_took double precision, p_says text) returns text language sql as $$
  select ok(abs(p_foretold - p_took) <= greatest(10, p_took / 10), format('%s: foretold %s s, took %s s', p_says, p_foretold, p_took))
$$;

select is(basepool.page_what_if('{}') -> 'waiting', '{"count": 0, "capped": false}', 'nothing waits');
select is(pg_temp.foretold('{}'), 0::double precision, 'so it is drained');
select basepool.disable_token(pg_temp.token(4));
select pg_temp.submit_many(100);
select is(basepool.page_what_if('{}') #>> '{now,bound_by}', 'workers', 'nobody works');
select is(basepool.page_what_if('{}') #> '{now,drained_at}', 'null', 'so it never is');
select basepool.heartbeat('w', '1', 1, 'waits', 100, 100, true);

create temporary table now as select basepool.page_what_if('{}') as what;
select is(what -> 'now', what -> 'then', 'nothing is changed') from now;
select is(what #> '{now}' ->> 'bound_by', 'seats', 'three tokens of five seats') from now;
select is(what #> '{now}' ->> 'per_minute', '90.0', '90 a minute') from now;
select pg_temp.is_near(pg_temp.foretold('{}'), pg_temp.run(''), 'as it is');

select pg_temp.is_near(
  pg_temp.foretold(jsonb_build_object('tokens', jsonb_build_object(pg_temp.token(4), '{"is_active": true}'::jsonb)))
  , pg_temp.run(format('select basepool.enable_token(%s)', pg_temp.token(4))), 'a token more'
);
select pg_temp.is_near(
  pg_temp.foretold(jsonb_build_object('tokens', jsonb_build_object(pg_temp.token(1), '{"max_in_flight": 20}'::jsonb)))
  , pg_temp.run(format('select basepool.limit_token(%s, 20)', pg_temp.token(1))), 'a higher limit'
);
-- while some of it runs already
select count(*) from basepool.claim_generations('tester', 9);
select pg_temp.pass('5 seconds');
select basepool.heartbeat('w', '1', 1, 'waits', 100, 100, true);
select pg_temp.is_near(pg_temp.foretold('{}'), pg_temp.run(''), 'with some in flight');

-- creates per minute
update basepool.accounts as a set creates_per_minute = 12, burst = 1;
create temporary table slow as select basepool.page_what_if('{}') as what;
select is(what #> '{now}' ->> 'bound_by', 'creates per minute', 'twelve a minute of each account') from slow;
select pg_temp.is_near(pg_temp.foretold('{}'), pg_temp.run(''), 'bound by creates');
select pg_temp.is_near(
  pg_temp.foretold((
    select jsonb_build_object('creates_per_minute', jsonb_object_agg(a.id, 600)) from basepool.accounts as a
  )), pg_temp.run('update basepool.accounts set creates_per_minute = 600'), 'as many as it takes'
);

-- one cools down
update basepool.accounts as a set
  creates_per_minute = 600, burst = 60, cooled_at = basepool.now(), cooldown_until = basepool.now() + interval '50 seconds'
from public.replicate_tokens as t
where t.account_id = a.id and t.id in (pg_temp.token(2), pg_temp.token(3));
update basepool.accounts as a set creates_per_minute = 600, burst = 60
from public.replicate_tokens as t
where t.account_id = a.id and t.id = pg_temp.token(1);
select pg_temp.is_near(pg_temp.foretold('{}'), pg_temp.run(''), 'two come back');

-- a model's own limit
select basepool.set_model('acme/*', '{"max_in_flight": 4}');
select pg_temp.submit_many(30, 1000);
select is(basepool.page_what_if('{}') #>> '{now,bound_by}', 'the limit of acme/*', 'four at once of a model');
select is(
  (select count(*) from basepool.queue), (select (basepool.page_what_if('{}') #>> '{waiting,count}')::bigint), 'it changes nothing'
);

select * from finish();
rollback;
