-- each job with its last ten runs, and whether it should have run again by now
begin;
select plan(8);
\ir ../../helpers.psql

create function pg_temp.job(p_name text) returns jsonb
language sql as $$
  select j.row from jsonb_array_elements(basepool.page_jobs() -> 'jobs') as j (row) where j.row ->> 'name' = p_name
$$;
select set_eq(
  $$select j.row ->> 'name' from jsonb_array_elements(basepool.page_jobs() -> 'jobs') as j (row)$$,
  'select j.name from basepool.jobs as j', 'every job'
);
select is(pg_temp.job('rollup') -> 'runs', '[]', 'none has run yet');
insert into basepool.job_runs (job, trigger, started_at, finished_at, ok, result, error)
select
  'rollup',
  'cron',
  basepool.now() - s.n * interval '5 minutes',
  basepool.now() - s.n * interval '5 minutes' + interval '1 second',
  s.n <> 1,
  case when s.n <> 1 then jsonb_build_object('n', s.n) end,
  case when s.n = 1 then e'it broke\u202E' end
from generate_series(1, 12) as s (n);
select is(jsonb_array_length(pg_temp.job('rollup') -> 'runs'), 10, 'the last ten');
select is(
  pg_temp.job('rollup') #> '{runs,0}' @> '{"ok": false, "error": "it broke?", "trigger": "cron"}', true, 'the last one first'
);
select is(
  pg_temp.job('rollup') @> '{"ok": false, "error": "it broke?", "period_seconds": 300, "is_overdue": false}', true, 'as it went'
);
select is(pg_temp.job('dispatch') @> '{"period_seconds": null, "is_overdue": false}', true, 'the glue''s are not overdue');
-- pg_cron's are switched off while tests run, which is no reason to miss them
update basepool.jobs set cron_job_id = null;
select pg_temp.pass('11 minutes');
select is((pg_temp.job('rollup') ->> 'is_overdue')::boolean, true, 'three periods have passed');
select set_eq(
  $$select 'job-overdue-' || (j.row ->> 'name') from jsonb_array_elements(basepool.page_jobs() -> 'jobs') as j (row)
  where (j.row ->> 'is_overdue')::boolean$$,
  $$select f.name from basepool._list_findings(basepool.now()) as f where f.name like 'job-overdue-%'$$,
  'the same are that get_status names'
);

select * from finish();
rollback;
