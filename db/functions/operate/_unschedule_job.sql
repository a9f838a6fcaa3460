-- What is unscheduled is not ours any more, so nobody would prune its history: that goes with it.
create or replace function basepool._unschedule_job(p_job text, p_cron_job_id bigint)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  if not basepool._owns_cron_job(p_job, p_cron_job_id) then
    return false;
  end if;
  execute format('select %I.unschedule($1)', 'cron') using p_cron_job_id;
  execute format('delete from %I.job_run_details as d where d.jobid = $1', 'cron') using p_cron_job_id;
  return true;
end
$$;

revoke all on function basepool._unschedule_job(text, bigint) from public, anon, authenticated, service_role;

comment on function basepool._unschedule_job(text, bigint) is
'Takes the job p_job out of pg_cron, with its history there, if its job p_cron_job_id is the one that was made for it. Returns
whether it was. For the owner and db/jobs.sql.';
