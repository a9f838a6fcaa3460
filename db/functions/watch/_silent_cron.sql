-- pg_cron tells nobody that it has stopped; that the job of every minute does not run tells it first.
create or replace function basepool._silent_cron(p_now timestamptz)
returns table (last_run timestamptz)
language sql
stable
set search_path = ''
as $$
  select (
    select r.started_at from basepool.job_runs as r
    where r.trigger = 'cron' and r.started_at > p_now - interval '1 day'
    order by r.started_at desc limit 1
  )
  from basepool.jobs as j
  where
    j.name = 'watch' and j.cron_job_id is not null and not basepool._is_switched_off(j.cron_job_id)
    -- whoever has just begun has had no time
    and greatest(pg_postmaster_start_time(), (select max(m.applied_at) from basepool.schema_migrations as m))
    < p_now - interval '100 seconds'
    and not exists (
      select from basepool.job_runs as r
      where r.job = j.name and r.started_at > p_now - interval '100 seconds' and r.trigger = 'cron'
    )
$$;

revoke all on function basepool._silent_cron(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._silent_cron(timestamptz) is
'A row if pg_cron has not run the job watch for 100 seconds, though it should every minute: last_run, when it ran any job
last (null:
not within a day). For _watch_findings and health.';
