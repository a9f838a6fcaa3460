-- those of the database and of the glue, with what became of the last run
begin;
select plan(3);
\ir ../../helpers.psql

select basepool.run_job('cleanup');
select set_eq('select l.name from basepool.list_jobs() as l', 'select j.name from basepool.jobs as j', 'all of them');
select results_eq(
  $$select l.runs_in, l.schedule, l.last_run, l.ok from basepool.list_jobs() as l where l.name = 'cleanup'$$,
  $$values ('database', '*/10 * * * *', basepool.now(), true)$$,
  'one that has run'
);
select results_eq(
  $$select l.runs_in, l.schedule, l.last_run, l.ok from basepool.list_jobs() as l where l.name = 'dispatch'$$,
  $$values ('glue', null::text, null::timestamptz, null::boolean)$$,
  'one that only the glue knows of'
);

select * from finish();
rollback;
