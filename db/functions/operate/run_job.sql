-- Every job has one way to run, whoever asks (pg_cron, /api/cron, a person), and leaves a row that says what it did. A failure
-- is caught only to be written down there, and warned about.
create or replace function basepool.run_job(p_job text, p_trigger text default 'cron')
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_started timestamptz := basepool.now();
  v_job basepool.jobs;
  v_result jsonb;
  v_error text;
begin
  select j.* into v_job from basepool.jobs as j where j.name = p_job;
  if v_job.name is null then
    raise exception using
      errcode = 'TP003',
      message = format('there is no job %s', basepool._quote(p_job)),
      hint = (
        select format('The jobs are %s.', string_agg(j.name, ', ' order by j.runs_in, j.name)) from basepool.jobs as j
      );
  elsif v_job.runs_in = 'glue' then
    raise exception using
      errcode = 'TP003',
      message = format('the job %s does not run in the database', v_job.name),
      hint = format('The glue runs it: basepool run-job %1$s, or /api/cron/%1$s.', v_job.name);
  end if;

  begin
    -- not anybody's text: the column admits the name of a private function only
    execute format('select %s', v_job.call) into v_result;
  exception when others then
    v_error := format('%s: %s', sqlstate, sqlerrm);
    raise warning 'job % failed: %', p_job, v_error;
  end;

  insert into basepool.job_runs (job, trigger, started_at, finished_at, ok, result, error)
  values (p_job, p_trigger, v_started, basepool.now(), v_error is null, v_result, v_error);
  if p_trigger in ('cli', 'page') then
    perform basepool._audit('run-job', p_job, jsonb_build_object('ok', v_error is null));
  end if;
  return jsonb_build_object('job', p_job, 'ok', v_error is null, 'result', v_result, 'error', v_error);
end
$$;

revoke all on function basepool.run_job(text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.run_job(text, text) to basepool_glue;

comment on function basepool.run_job(text, text) is
'Runs a job and records it in basepool.job_runs. p_job: one of basepool.jobs that runs in the database; p_trigger: cron, http,
cli, page … Returns {job, ok, result, error}; a failed job is reported, not raised. Raises TP003. Definer: the jobs work on all
rows.';
