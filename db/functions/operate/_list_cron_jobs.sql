-- pg_cron may be missing: what names its tables is read only where they are.
create or replace function basepool._list_cron_jobs()
returns table (jobid bigint, jobname text, username text, database text, command text, is_active boolean)
language plpgsql
stable
set search_path = ''
as $$
begin
  if exists (select from pg_catalog.pg_extension as e where e.extname = 'pg_cron') then
    for jobid, jobname, username, database, command, is_active in
      execute format('select c.jobid, c.jobname, c.username, c.database, c.command, c.active from %I.job as c', 'cron')
    loop
      return next;
    end loop;
  end if;
end
$$;

revoke all on function basepool._list_cron_jobs() from public, anon, authenticated, service_role;

comment on function basepool._list_cron_jobs() is
'The jobs of pg_cron that the caller may see; none where it is not installed. For the functions that touch what pg_cron has.';
