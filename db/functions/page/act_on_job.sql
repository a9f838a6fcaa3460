-- A job of the database runs at once; one of the glue can only be asked for, and which it was is said.
create or replace function basepool.act_on_job(p_actor text, p_job text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_job basepool.jobs;
  v_done jsonb;
  v_asked record;
begin
  perform basepool._act_as(p_actor);
  select j.* into v_job from basepool.jobs as j where j.name = p_job;
  if v_job.runs_in = 'glue' then
    v_asked := basepool._ask_glue(v_job.name);
    perform basepool.record_command('run-job', v_job.name);
    perform basepool._act_as(null);
    return jsonb_build_object(
      'job', v_job.name, 'runs_in', 'glue', 'ran', false, 'ok', null, 'result', null, 'error', null
      , 'asked', v_asked.is_asked, 'says', v_asked.says
    );
  end if;
  -- one that there is not is told there
  v_done := basepool.run_job(p_job, 'page');
  perform basepool._act_as(null);
  return v_done || jsonb_build_object(
    'runs_in', 'database', 'ran', true, 'asked', false
    , 'says', case when (v_done ->> 'ok')::boolean then 'done' else v_done ->> 'error' end
  );
end
$$;

revoke all on function basepool.act_on_job(text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.act_on_job(text, text) to basepool_operator, basepool_glue;

comment on function basepool.act_on_job(text, text) is
'Runs a job of the database now, or has one of the glue run by whoever can. p_actor: the operator who acts, null: whoever is
logged in; p_job: one of basepool.jobs. Returns {job, runs_in, ran, ok, result, error, asked (a job of the glue, and somebody is
there to run it), says}. Leaves one row in the audit. Raises TP003.';
