-- One call of a job of the glue, by pg_cron or by what was queued. Its secret is read here, so that no command of pg_cron has it.
create or replace function basepool._call_glue(p_job text)
returns bigint
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_schedule basepool.glue_schedule;
  v_secret text;
  v_request bigint;
begin
  select s.* into v_schedule from basepool.glue_schedule as s;
  if v_schedule.url is null then
    return null;
  end if;
  -- an invocation costs: nobody is asked to do what is not there to be done
  if p_job = 'dispatch' and not exists (
    select from basepool.queue as q where q.run_after is null
    union all
    select from basepool.queue as q where q.run_after <= v_now
  ) then
    return null;
  elsif p_job = 'store' and not exists (
    select from basepool.output_files as f where f.state = 'waiting' and f.again_at is null
    union all
    select from basepool.output_files as f where f.again_at is not null
  ) then
    return null;
  elsif p_job = 'alert' and not basepool._has_due_messages(v_now) then
    return null;
  end if;
  v_secret := case when v_schedule.secret like 'vault:%' then (select v.secret from basepool._read_vault(v_schedule.secret) as v)
    else v_schedule.secret end;
  -- as a header takes it
  if coalesce(v_secret !~ '^[!-~]([ -~]*[!-~])?$', true) then
    raise warning 'the glue is not called: the secret can''t be read';
    return null;
  end if;

  -- pg_net takes the next requests when all of these have ended, so its time is short; what takes longer goes on without it
  execute format('select %I.http_post(url := $1, headers := $2, timeout_milliseconds := 5000)', 'net')
    into v_request
    using v_schedule.url || '/api/cron/' || p_job
    , jsonb_build_object('Authorization', 'Bearer ' || v_secret, 'Content-Type', 'application/json');
  update basepool.glue_calls as c
  set called_at = v_now, requests = (array[v_request] || c.requests)[1:5]
  where c.job = p_job;
  return v_request;
end
$$;

revoke all on function basepool._call_glue(text) from public, anon, authenticated, service_role;

comment on function basepool._call_glue(text) is
'Has pg_net call /api/cron/p_job of the glue when this transaction commits, and notes the request. dispatch,
store and alert are not called while there is nothing to do. Returns the request''s number at pg_net, null where nothing was called. For pg_cron, by schedule_glue.';
