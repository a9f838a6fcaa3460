-- A name says nothing about whose a cron job is, and a number could be somebody else's where the extension was made anew: both.
create or replace function basepool._owns_cron_job(p_job text, p_cron_job_id bigint)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from basepool._list_cron_jobs() as c where c.jobid = p_cron_job_id and c.jobname = 'basepool-' || p_job
  );
end
$$;

revoke all on function basepool._owns_cron_job(text, bigint) from public, anon, authenticated, service_role;

comment on function basepool._owns_cron_job(text, bigint) is
'Whether pg_cron''s job p_cron_job_id is there and is the one that was made for the job p_job. For the functions that touch what
pg_cron has.';
