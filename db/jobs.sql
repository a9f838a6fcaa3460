-- Every pg_cron job, in one table: name, schedule (UTC), one function call. Applied by `make migrate`; a job that is taken out
-- of this table is unscheduled. Each run leaves a row in basepool.job_runs.
do $schedule$
declare
  v_jobs text[][] := array[
    -- name                   schedule        command
    ['basepool-cleanup',    '*/10 * * * *', $$select basepool.run_job('cleanup')$$],
    ['basepool-rollup',     '*/5 * * * *',  $$select basepool.run_job('rollup')$$],
    ['basepool-prune',      '17 * * * *',   $$select basepool.run_job('prune')$$],
    ['basepool-delete-old', '37 3 * * *',   $$select basepool.run_job('delete-old')$$]
  ];
  v_job text[];
  v_name text;
begin
  if not exists (select from pg_catalog.pg_extension where extname = 'pg_cron') then
    raise notice 'pg_cron is not installed: nothing is scheduled';
    return;
  end if;
  foreach v_job slice 1 in array v_jobs loop
    perform cron.schedule(v_job[1], v_job[2], v_job[3]);
  end loop;
  for v_name in
    select j.jobname from cron.job as j
    where j.jobname like 'basepool-%' and j.jobname <> all(select unnest(v_jobs[:][1:1]))
  loop
    perform cron.unschedule(v_name);
  end loop;
end
$schedule$;
