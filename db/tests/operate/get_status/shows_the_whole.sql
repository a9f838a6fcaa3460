-- one screen: what waits and runs, the last hour, tokens and jobs
begin;
select plan(6);
\ir ../../helpers.psql

select is(basepool.get_status() #>> '{generations,pending}', '0', 'an empty database has a status, too');
select pg_temp.add_tokens(2);
select basepool.apply_prediction(pg_temp.start(1), pg_temp.prediction('p1', 'succeeded'), 'poll');
select pg_temp.start(2);
select pg_temp.submit(3);
select basepool.run_job('rollup');
create temporary table status as select basepool.get_status() as seen;
select
    is(
        (select s.seen -> 'generations' from status as s),
        '{"pending": 1, "processing": 1, "stuck": 0, "unsettled": 0}'::jsonb,
        'generations'
    );
select is((select s.seen -> 'attempts' from status as s), '{"submitting": 1, "running": 0, "unknown": 0}'::jsonb, 'in flight');
select is(
  (select s.seen -> 'last_hour' from status as s),
  '{"leases": 2, "succeeded": 1, "failed": 0, "rejected": 0}'::jsonb,
  'the last hour'
);
select is((select jsonb_array_length(s.seen -> 'tokens') from status as s), 2, 'tokens');
select is((select s.seen #>> '{jobs,0,job}' from status as s), 'rollup', 'jobs');

select * from finish();
rollback;
