-- What schedule_glue has begun ends here, all of it.
create or replace function basepool.unschedule_glue()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_count integer;
  v_was constant text := (select s.url from basepool.glue_schedule as s);
begin
  perform basepool._forget_glue_secret(null);
  delete from basepool.glue_schedule as s;
  if exists (
    select from pg_catalog.pg_trigger as t where t.tgrelid = 'basepool.queue'::regclass and t.tgname = 'call_glue'
  ) then
    execute 'drop trigger call_glue on basepool.queue';
  end if;
  select count(*) filter (where basepool._unschedule_job('glue-' || c.job, c.cron_job_id)) into v_count
  from basepool.glue_calls as c;
  delete from basepool.glue_calls as c;
  perform basepool._audit('unschedule-glue', null, basepool._changes(jsonb_build_object('url', v_was), null));
  return v_count;
end
$$;

revoke all on function basepool.unschedule_glue() from public, anon, authenticated, service_role;

comment on function basepool.unschedule_glue() is
'Ends what schedule_glue began: the jobs of pg_cron with their history, the trigger, and the secret, in Vault as well if it was put
there by schedule_glue. Returns how many jobs were taken out of pg_cron. For the owner.';
