-- Two screens show the jobs: one of them with what each run said.
create or replace function basepool._jobs_shown(p_now timestamptz, p_runs integer)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'name', j.name, 'runs_in', j.runs_in, 'schedule', j.schedule, 'does', j.does
    , 'started_at', l.started_at, 'ended_at', l.finished_at, 'ok', l.ok, 'error', basepool._printable(l.error)
    , 'period_seconds', extract(epoch from p.period)
    , 'is_overdue', coalesce(
      -- a worker does that one where pg_cron does not
      j.name <> 'watch'
      and coalesce(l.started_at, (select min(m.applied_at) from basepool.schema_migrations as m)) < p_now - 3 * p.period
      and not basepool._is_switched_off(j.cron_job_id)
      , false
    )
  ) || case when p_runs > 0 then jsonb_build_object('runs', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'trigger', r.trigger, 'started_at', r.started_at, 'ended_at', r.finished_at, 'ok', r.ok
      , 'result', left(r.result::text, 500), 'error', basepool._printable(r.error)
    ) order by r.started_at desc), '[]')
    from (
      select o.* from basepool.job_runs as o
      where o.job >= j.name and o.job <= j.name
      order by o.job, o.started_at desc
      limit p_runs
    ) as r
  )) else '{}' end order by j.runs_in, j.name), '[]')
  from basepool.jobs as j
  cross join lateral (select basepool._job_period(j.schedule) as period) as p
  -- in the order of one index: one of times alone would be read to its end for a job that has not run
  left join lateral (
    select r.* from basepool.job_runs as r where r.job >= j.name and r.job <= j.name order by r.job, r.started_at desc limit 1
  ) as l on true
$$;

revoke all on function basepool._jobs_shown(timestamptz, integer) from public, anon, authenticated, service_role;

comment on function basepool._jobs_shown(timestamptz, integer) is
'Every job as the pages show it: name, runs_in, schedule, does, its last run (started_at, ended_at, ok, error), period_seconds (null
for the glue''s), is_overdue (it has not run for three periods, and nobody switched it off); where p_runs is above 0 also runs, the
last ones: trigger, started_at, ended_at, ok, result (as text, 500 characters at most), error.';
