-- basepool.jobs is the only place that knows which jobs there are and what they call
begin;
select plan(8);
\ir ../../helpers.psql

create function pg_temp.hint_of(p_job text) returns text
language plpgsql as $$
declare
  v_hint text;
begin
  perform basepool.run_job(p_job);
  return null;
exception when sqlstate 'TP003' then
  get stacked diagnostics v_hint = pg_exception_hint;
  return v_hint;
end
$$;

select is(
  pg_temp.hint_of('sweep'),
  (select format('The jobs are %s.', string_agg(j.name, ', ' order by j.runs_in, j.name)) from basepool.jobs as j),
  'an unknown one names those there are'
);
select throws_ok('select basepool.run_job(null)', 'TP003', 'there is no job null');
select throws_ok($$select basepool.run_job('reconcile')$$, 'TP003', 'the job reconcile does not run in the database');
select is(
  pg_temp.hint_of('reconcile'), 'The glue runs it: basepool run-job reconcile, or /api/cron/reconcile.', 'and says who runs it'
);

create function basepool._sweep() returns jsonb
language sql set search_path = '' as $$
  select '{"swept": 3}'::jsonb
$$;
insert into basepool.jobs (name, runs_in, schedule, call, does)
values ('sweep', 'database', '0 0 * * *', 'basepool._sweep()', 'sweeps');
select is(basepool.run_job('sweep') -> 'result', '{"swept": 3}'::jsonb, 'a new row is a new job');

select is_empty(
  $$select j.name from basepool.jobs as j cross join lateral basepool.run_job(j.name) as r (done)
  where j.runs_in = 'database' and not (r.done ->> 'ok')::boolean$$,
  'all of them can be run'
);

select throws_ok(
  $$update basepool.jobs set call = 'pg_sleep(1)' where name = 'sweep'$$,
  '23514', null, 'nothing else can be called'
);
select throws_ok(
  $$update basepool.jobs set schedule = null where name = 'sweep'$$,
  '23514', null, 'what runs in the database has a schedule'
);

select * from finish();
rollback;
