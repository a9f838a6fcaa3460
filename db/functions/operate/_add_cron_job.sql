-- The one way in which a job gets into pg_cron, by a name that nothing looks for where pg_cron is not.
create or replace function basepool._add_cron_job(p_name text, p_schedule text, p_command text)
returns bigint
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_id bigint;
begin
  execute format('select %I.schedule($1, $2, $3)', 'cron') into v_id using p_name, p_schedule, p_command;
  return v_id;
end
$$;

revoke all on function basepool._add_cron_job(text, text, text) from public, anon, authenticated, service_role;

comment on function basepool._add_cron_job(text, text, text) is
'Has pg_cron run p_command in this database by p_schedule, under the name p_name; one of the caller''s that has this name is
changed. Returns pg_cron''s number of the job. pg_cron must be installed. For _schedule_jobs and schedule_glue.';
