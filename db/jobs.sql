-- Every job, in one table: what knows of jobs reads it from basepool.jobs. Applied by `make migrate`. A job that is taken out
-- of here is unscheduled. Schedules are UTC; each run in the database leaves a row in basepool.job_runs.
with listed (name, runs_in, schedule, call, does) as (
  values
  ('cleanup',    'database', '*/10 * * * *', 'basepool._clean_up()',
    'calls that nobody answered become unknown; generations that are stuck fail, once Replicate was asked about them'),
  ('rollup',     'database', '*/5 * * * *',  'basepool._roll_up()',
    'counts the attempts per token and hour; learns how long predictions of each model take'),
  ('prune',      'database', '17 * * * *',   'basepool._prune_history()',
    'deletes old rows of job_runs, webhook_events, searches, workers, attempts, audit, decisions, pg_cron; forgets former secrets'),
  ('delete-old', 'database', '37 3 * * *',   'basepool._delete_old_generations()',
    'deletes failed and cancelled generations older than delete_failed_after'),
  ('watch',      'database', '* * * * *',    'basepool.watch()',
    'looks for what is wrong, opens and closes the alarms, and has them sent'),
  ('dispatch',   'glue',     null,           null, 'sends what waits'),
  ('reconcile',  'glue',     null,           null, 'asks for what is silent and looks for what was lost'),
  ('cancel',     'glue',     null,           null, 'cancels at Replicate what is to be cancelled there'),
  ('probe',      'glue',     null,           null, 'asks Replicate about suspended tokens'),
  ('store',      'glue',     null,           null, 'copies outputs into the store, and deletes there what is to be deleted'),
  ('alert',      'glue',     null,           null, 'sends alarms where the database has no pg_net to do it')
),

written as (
  insert into basepool.jobs (name, runs_in, schedule, call, does)
  select l.* from listed as l
  on conflict (name) do update
  set runs_in = excluded.runs_in, schedule = excluded.schedule, call = excluded.call, does = excluded.does
),

gone as (
  delete from basepool.jobs as j
  where j.name not in (select l.name from listed as l)
  returning j.name, j.cron_job_id
)

select basepool._unschedule_job(g.name, g.cron_job_id) from gone as g;

select basepool._schedule_jobs();
