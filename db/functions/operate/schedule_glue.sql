-- Where no process can loop, the database itself calls the glue: pg_cron says when, pg_net does it, no other scheduler is needed.
create or replace function basepool.schedule_glue(p_url text, p_secret text default null)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_url constant text := rtrim(p_url, '/');
  v_host constant text := substring(v_url from '^https?://([^/:]+|\[[^]]*\])');
  v_stored text;
  v_is_ours boolean := false;
  v_job record;
  v_was constant text := (select s.url from basepool.glue_schedule as s);
begin
  if coalesce(
    v_url !~ '^https?://[^[:space:]/?#@]+(/[^[:space:]?#]*)?$'
    -- the secret goes with each call
    or (v_url ~ '^http:' and v_host not in ('localhost', '127.0.0.1', '[::1]') and v_host like '%.%')
    , true
  ) then
    raise exception using
      errcode = 'PT400',
      message = format('%s is no URL that the glue could be called at', basepool._quote(p_url)),
      hint = 'Pass what stands before /api/cron, such as https://gen.example.com.';
  elsif length(p_secret) < 16 or p_secret !~ '^[!-~]([ -~]*[!-~])?$' then
    raise exception using
      errcode = 'PT400',
      message = 'the secret has less than 16 characters, or some that no header takes',
      hint = 'Pass the value of CRON_SECRET.';
  end if;
  if (select count(*) from pg_catalog.pg_extension as e where e.extname in ('pg_cron', 'pg_net')) < 2 then
    raise exception using
      errcode = 'TP049',
      message = 'pg_cron and pg_net are not both installed in this database',
      hint = 'On Supabase: Database > Extensions. Elsewhere any scheduler can call /api/cron/{job}.';
  end if;

  if p_secret is not null then
    v_stored := basepool._store_secret(p_secret, 'Cron secret of basepool');
    v_is_ours := v_stored like 'vault:%';
  elsif basepool._has_vault() then
    -- a reference, so that whoever changes it there need not come here again
    execute format('select ''vault:'' || id from %I.secrets where name = $1', 'vault') into v_stored using 'basepool_cron_secret';
  end if;
  if v_stored is null then
    select s.secret, s.is_ours into v_stored, v_is_ours from basepool.glue_schedule as s;
  end if;
  if v_stored is null then
    raise exception using
      errcode = 'TP049',
      message = 'the secret that the glue asks for is not known here',
      hint = 'Put the value of CRON_SECRET into Vault as basepool_cron_secret, or pass it as the second argument.';
  end if;

  perform basepool._forget_glue_secret(v_stored);
  insert into basepool.glue_schedule (url, secret, is_ours) values (v_url, v_stored, v_is_ours)
  on conflict (id) do update set url = excluded.url, secret = excluded.secret, is_ours = excluded.is_ours;

  for v_job in select j.name from basepool.jobs as j where j.runs_in = 'glue' order by j.name loop
    insert into basepool.glue_calls (job) values (v_job.name) on conflict (job) do nothing;
    perform basepool._unschedule_job('glue-' || v_job.name, c.cron_job_id) from basepool.glue_calls as c where c.job = v_job.name;
    update basepool.glue_calls as c
    set
      cron_job_id = basepool._add_cron_job(
        'basepool-glue-' || v_job.name, basepool._glue_period(v_job.name), format('select basepool._call_glue(%L)', v_job.name)
      )
      -- from now on it is missed
      , requests = '{}', called_at = case when v_job.name <> 'dispatch' then basepool.now() end
    where c.job = v_job.name;
  end loop;
  -- of a job that is no more
  perform basepool._unschedule_job('glue-' || c.job, c.cron_job_id)
  from basepool.glue_calls as c where c.job not in (select j.name from basepool.jobs as j where j.runs_in = 'glue');
  delete from basepool.glue_calls as c where c.job not in (select j.name from basepool.jobs as j where j.runs_in = 'glue');

  if not exists (
    select from pg_catalog.pg_trigger as t where t.tgrelid = 'basepool.queue'::regclass and t.tgname = 'call_glue'
  ) then
    execute 'create trigger call_glue after insert on basepool.queue for each statement execute function basepool._call_glue_at_once()';
  end if;
  perform basepool._audit(
    'schedule-glue', v_url, basepool._changes(jsonb_build_object('url', v_was), jsonb_build_object('url', v_url))
  );
  return jsonb_build_object('url', v_url, 'jobs', (
    select jsonb_object_agg(c.job, basepool._glue_period(c.job)) from basepool.glue_calls as c
  ));
end
$$;

revoke all on function basepool.schedule_glue(text, text) from public, anon, authenticated, service_role;

comment on function basepool.schedule_glue(text, text) is
'Has pg_cron and pg_net call the jobs of the glue at p_url (what stands before /api/cron) from now on, and dispatch, once a second
at most, as soon as something is queued; again for another URL or secret. p_secret: the value of CRON_SECRET; null: the secret
basepool_cron_secret of Vault, or the one that is known. It is in Vault where there is one, and in no command of pg_cron. Returns
{url, jobs: {name: schedule}}. Raises PT400 for a URL or a secret that can''t be, TP049 where an extension or the secret is missing.
For the owner.';
