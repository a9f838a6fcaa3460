-- What is queued within a second of a call waits for the next one, so that one comes soon where pg_cron knows seconds.
create or replace function basepool._glue_period(p_job text)
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when p_job = 'dispatch' and exists (
      select from pg_catalog.pg_extension as e
      where e.extname = 'pg_cron' and (string_to_array(substring(e.extversion from '^[0-9]+\.[0-9]+'), '.'))::integer[] >= '{1,5}'
    ) then '10 seconds'
    else '* * * * *'
  end
$$;

revoke all on function basepool._glue_period(text) from public, anon, authenticated, service_role;

comment on function basepool._glue_period(text) is
'The schedule of pg_cron on which the job p_job of the glue is called: dispatch every ten seconds (pg_cron 1.5 and newer), all else
every minute. For schedule_glue.';
