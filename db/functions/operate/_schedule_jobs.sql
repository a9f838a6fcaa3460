-- pg_cron knows a job by its name and overwrites it without a question, so whose it is has to be found out first. What an
-- operator has set to inactive stays so.
create or replace function basepool._schedule_jobs()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_job basepool.jobs;
  v_name text;
  v_command text;
  v_count integer := 0;
begin
  if not exists (select from pg_catalog.pg_extension as e where e.extname = 'pg_cron') then
    raise notice 'pg_cron is not installed: nothing is scheduled';
    return v_count;
  end if;
  -- all at once: what pg_cron numbers anew may get the former number of another
  update basepool.jobs as j set cron_job_id = null
  where j.cron_job_id is not null and not basepool._owns_cron_job(j.name, j.cron_job_id);

  for v_job in select j.* from basepool.jobs as j order by j.name loop
    v_name := 'basepool-' || v_job.name;
    v_command := format('select basepool.run_job(%L)', v_job.name);
    if v_job.runs_in = 'glue' then
      perform basepool._unschedule_job(v_job.name, v_job.cron_job_id);
      update basepool.jobs as j set cron_job_id = null where j.name = v_job.name and j.cron_job_id is not null;
    elsif exists (
      select from basepool._list_cron_jobs() as c
      where
        c.jobname = v_name and c.username = current_user and c.jobid is distinct from v_job.cron_job_id
        and (c.command <> v_command or c.database <> current_database())
    ) then
      raise warning using
        message = format('the job %s is not scheduled: basepool did not make the cron job %s', v_job.name, v_name),
        hint = 'Give that one another name, then run select basepool._schedule_jobs().';
    else
      -- one that another role made would stay beside ours
      if exists (select from basepool._list_cron_jobs() as c where c.jobid = v_job.cron_job_id and c.username <> current_user) then
        perform basepool._unschedule_job(v_job.name, v_job.cron_job_id);
      end if;
      update basepool.jobs as j
      set cron_job_id = basepool._add_cron_job(v_name, v_job.schedule, v_command) where j.name = v_job.name;
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;

revoke all on function basepool._schedule_jobs() from public, anon, authenticated, service_role;

comment on function basepool._schedule_jobs() is
'Has pg_cron run the jobs of basepool.jobs that run in the database, each under its name with basepool- before it. A cron job of
such a name that is somebody else''s is left as it is, with a warning. Returns how many are scheduled. For the owner and
db/jobs.sql.';
