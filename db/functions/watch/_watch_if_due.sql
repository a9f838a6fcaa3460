-- Where pg_cron is dead or never was, the workers look: one of them, as often as pg_cron would.
create or replace function basepool._watch_if_due(p_now timestamptz)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  if not exists (
    select from basepool.jobs as j
    where
      j.name = 'watch' and not basepool._is_switched_off(j.cron_job_id)
      and not exists (
        select from basepool.job_runs as r
        where
          r.job = j.name
          and r.started_at > p_now - case when j.cron_job_id is null then interval '1 minute' else interval '100 seconds' end
      )
  ) or not pg_try_advisory_xact_lock(hashtextextended('basepool watch', 0)) then
    return false;
  end if;
  perform basepool.run_job('watch', 'worker');
  return true;
end
$$;

revoke all on function basepool._watch_if_due(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._watch_if_due(timestamptz) is
'Runs the job watch where nobody did within the last minute, or 100 seconds where pg_cron should have. Returns whether. For
heartbeat.';
