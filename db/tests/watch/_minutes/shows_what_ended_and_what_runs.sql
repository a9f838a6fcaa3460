-- counted or not yet, in flight or over: each is in its minute
begin;
select plan(5);
\ir ../../helpers.psql

select set_config('basepool.frozen_now', '2026-03-01 12:00:10+00', true);
select pg_temp.add_tokens(2);
select pg_temp.submit_many(4);
select pg_temp.pass('4 seconds');
create temporary table claimed as select c.attempt_id from basepool.claim_generations('tester', 3) as c;
create function pg_temp.shown() returns setof text language sql as $$
  select format('%s %s %s %s', to_char(m.minute at time zone 'UTC', 'HH24:MI'), m.leased, m.succeeded, m.failed)
  from basepool._minutes(basepool.now(), 3) as m
$$;
select results_eq('select * from pg_temp.shown()', array['11:58 0 0 0', '11:59 0 0 0', '12:00 3 0 0'], 'what runs');
select pg_temp.pass('1 minute');
select basepool.apply_prediction(c.attempt_id, pg_temp.prediction('p' || c.attempt_id, 'succeeded'), 'poll')
from (
  select * from claimed
  order by attempt_id limit 2
) as c;
select results_eq('select * from pg_temp.shown()', array['11:59 0 0 0', '12:00 3 0 0', '12:01 0 2 0'], 'what has ended since');
select basepool._count_attempts();
select results_eq('select * from pg_temp.shown()', array['11:59 0 0 0', '12:00 3 0 0', '12:01 0 2 0'], 'counted, it is the same');
select ok(
  (select m.wait_p50 between 4 and 5 and m.wait_p95 between 4 and 5 from basepool._minutes(basepool.now(), 3) as m
where m.leased > 0), 'how long they had waited'
);
select is((select count(*) from basepool._minutes(basepool.now(), 100000)), 1440::bigint, 'a day at most');

select * from finish();
rollback;
