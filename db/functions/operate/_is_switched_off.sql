-- A job that an operator has set to inactive is no job that fails to come.
create or replace function basepool._is_switched_off(p_cron_job_id bigint)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (select from basepool._list_cron_jobs() as c where c.jobid = p_cron_job_id and not c.is_active);
end
$$;

revoke all on function basepool._is_switched_off(bigint) from public, anon, authenticated, service_role;

comment on function basepool._is_switched_off(bigint) is 'Whether the job p_cron_job_id of pg_cron is there and inactive.';
