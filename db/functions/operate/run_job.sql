-- Every job has one way to run, whoever asks (pg_cron, /api/cron, a person), and leaves a row that says what it did. A failure is
-- caught only to be written down there, and warned about.
create or replace function basepool.run_job(p_job text, p_trigger text default 'cron')
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_started timestamptz := basepool.now();
  v_result jsonb;
  v_error text;
begin
  if p_job is null or p_job not in ('cleanup', 'delete-old', 'prune', 'rollup') then
    raise exception using
      errcode = 'TP003',
      message = format('there is no job %s', coalesce(quote_literal(p_job), 'null')),
      hint = 'The jobs are cleanup, delete-old, prune and rollup.';
  end if;

  begin
    v_result := case p_job
      when 'cleanup' then jsonb_build_object(
        'expired_leases', basepool.expire_leases(),
        'failed_generations', basepool._fail_stuck_generations()
      )
      when 'delete-old' then jsonb_build_object('deleted_generations', basepool._delete_old_generations())
      when 'prune' then basepool._prune_history()
      when 'rollup' then jsonb_build_object(
        'token_hours', basepool._roll_up_token_stats(),
        'models', basepool._roll_up_model_stats()
      )
    end;
  exception when others then
    v_error := format('%s: %s', sqlstate, sqlerrm);
    raise warning 'job % failed: %', p_job, v_error;
  end;

  insert into basepool.job_runs (job, trigger, started_at, finished_at, ok, result, error)
  values (p_job, p_trigger, v_started, basepool.now(), v_error is null, v_result, v_error);
  return jsonb_build_object('job', p_job, 'ok', v_error is null, 'result', v_result, 'error', v_error);
end
$$;

revoke all on function basepool.run_job(text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.run_job(text, text) to basepool_glue;

comment on function basepool.run_job(text, text) is
'Runs a job and records it in basepool.job_runs. p_job: cleanup, delete-old, prune or rollup; p_trigger: cron, http, cli …
Returns {job, ok, result, error}; a failed job is reported, not raised. Raises TP003. Definer: the jobs work on all rows.';
