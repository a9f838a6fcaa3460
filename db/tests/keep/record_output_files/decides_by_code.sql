-- what can help is tried again, at pauses that double and shrink as the deadline comes near; what can't is over
begin;
select plan(23);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select
  n.code,
  pg_temp.complete(n.nth::integer) as id
from unnest(array[
  'source_gone', 'bad_source', 'too_large', 'bad_type', 'store_refused', 'source_failed', 'store_failed', 'interrupted', 'nonsense'
]) with ordinality as n (code, nth);
create temporary table claimed as select c.* from basepool.claim_output_files('keeper', 20) as c;
create temporary table said as
select
  o.code,
  r.outcome
from own as o
cross join lateral basepool.record_output_files(jsonb_build_array(pg_temp.failed(pg_temp.lease(o.id), o.code))) as r;
select set_eq(
  $$select s.code from said as s where s.outcome = 'failed'$$
  , array['source_gone', 'bad_source', 'too_large', 'bad_type', 'store_refused'], 'these are over'
);
select set_eq(
  $$select s.code from said as s where s.outcome = 'waiting'$$
  , array['source_failed', 'store_failed', 'interrupted', 'nonsense'], 'these are tried again'
);
select set_eq(
  $$select o.code || ' ' || f.error_code || ' ' || f.error || ' ' || f.tries
  from own as o inner join basepool.output_files as f on f.generation_id = o.id where f.state = 'waiting'$$,
  array[
    'source_failed source_failed no luck 1', 'store_failed store_failed no luck 1', 'interrupted interrupted no luck 0'
    , 'nonsense source_failed no luck 1'
  ], 'what went wrong stays to be seen; whoever only stopped has used up no try'
);
select results_eq(
  $$select o.code from basepool.claim_output_files('keeper', 20) as c inner join own as o on o.id = c.generation_id$$,
  array['interrupted'], 'it is due at once'
);
select is((select count(*) from basepool.output_files as f
where f.again_at - basepool.now() between '1.5 seconds' and '2.5 seconds'), 3::bigint, 'the others in two seconds');

-- one that keeps failing
delete from basepool.output_files;
create temporary table one as select pg_temp.complete(10) as id;
create function pg_temp.fail(p_more jsonb default '{}') returns interval
language plpgsql as $$
begin
  perform pg_temp.record(pg_temp.failed(pg_temp.claim(), 'store_failed') || p_more);
  return (select f.again_at - basepool.now() from basepool.output_files as f);
end
$$;
create function pg_temp.pause(p_more jsonb default '{}') returns numeric
language plpgsql as $$
declare
  v_pause constant interval := pg_temp.fail(p_more);
begin
  perform pg_temp.pass(v_pause);
  return round(extract(epoch from v_pause));
end
$$;
select ok(p.seconds between 1.6 and 3, 'two seconds') from pg_temp.pause() as p (seconds);
select ok(p.seconds between 3 and 5, 'four') from pg_temp.pause() as p (seconds);
select ok(p.seconds between 6 and 10, 'eight') from pg_temp.pause() as p (seconds);
select ok(p.seconds between 12 and 20, 'sixteen') from pg_temp.pause() as p (seconds);
select ok(p.seconds between 25 and 39, 'thirty-two') from pg_temp.pause() as p (seconds);
select ok(p.seconds between 48 and 72, 'no more than a minute') from pg_temp.pause() as p (seconds);
select ok(p.seconds between 48 and 72, 'however often') from pg_temp.pause() as p (seconds);
select is(pg_temp.pause('{"retry_after": 90}'), 90::numeric, 'or as long as it says');
select is(pg_temp.pause('{"retry_after": 86400}'), 600::numeric, 'within reason');
select ok(p.seconds between 48 and 72, 'as far as it is a number') from pg_temp.pause('{"retry_after": "soon"}') as p (seconds);
update basepool.output_files as f set deadline = basepool.now() + interval '60 seconds';
select is(pg_temp.fail('{"retry_after": 600}'), interval '15 seconds', 'a quarter of the time that is left');
select pg_temp.pass('15 seconds');
update basepool.output_files as f set deadline = basepool.now() - interval '4 minutes';
select is(pg_temp.fail(), interval '5 seconds', 'or five seconds');
select pg_temp.pass('56 seconds');
select is(pg_temp.fail(), null, 'until the hour is over');
select results_eq(
  'select f.state, f.error_code, f.error from basepool.output_files as f', $$values ('failed', 'expired', 'no luck')$$, 'expired'
);

-- a retry begins anew; so that two tries are left
select pg_temp.pass('5 seconds');
select is(basepool.retry_output_files(), 0, 'nobody has it any more');
select is((select basepool.retry_output_files(o.id) from one as o), 1, 'unless somebody insists');
select ok(pg_temp.fail() < interval '5 seconds', 'which is one try');
select pg_temp.pass('5 seconds');
select is(pg_temp.fail(), null, 'or two');

select * from finish();
rollback;
