-- History that nobody prunes is what a quiet system dies of; what pg_cron keeps of our jobs is the first to grow. Of the jobs
-- of others it is theirs.
create or replace function basepool._prune_history(p_max integer default 10000)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_settings basepool.settings;
  v_counted timestamptz;
  v_jobs integer;
  v_events integer;
  v_searches integer;
  v_attempts integer;
  v_workers integer;
  v_audit integer;
  v_decisions integer;
  v_cron integer := 0;
begin
  select s.* into v_settings from basepool.settings as s;
  select c.since into v_counted from basepool.counted as c;

  -- arrays are read once each; what is joined may be read again for each row, and finds others then
  delete from basepool.job_runs as r
  where r.id = any(array(
    select o.id from basepool.job_runs as o
    where o.started_at < v_now - v_settings.keep_history_for
    order by o.started_at limit p_max for update skip locked
  ));
  get diagnostics v_jobs = row_count;

  delete from basepool.webhook_events as e
  where e.webhook_id = any(array(
    select o.webhook_id from basepool.webhook_events as o
    where o.received_at < v_now - v_settings.keep_history_for
    order by o.received_at limit p_max for update skip locked
  ));
  get diagnostics v_events = row_count;

  delete from basepool.searches as s
  where s.id = any(array(
    select o.id from basepool.searches as o
    where o.ended_at < v_now - v_settings.keep_history_for
    order by o.ended_at limit p_max for update skip locked
  ));
  get diagnostics v_searches = row_count;

  delete from basepool.model_routes as r
  where r.model = any(array(
    select o.model from basepool.model_routes as o
    where o.learned_at < v_now - v_settings.keep_history_for
    order by o.learned_at limit p_max for update skip locked
  ));
  delete from basepool.breakers as b
  where b.name = any(array(
    select o.name from basepool.breakers as o
    where o.opened_at is null and o.failed_at < v_now - v_settings.keep_history_for
    order by o.failed_at limit p_max for update skip locked
  ));
  delete from basepool.workers as w
  where w.name = any(array(
    select o.name from basepool.workers as o
    where o.heard_at < v_now - v_settings.keep_history_for
    order by o.heard_at limit p_max for update skip locked
  ));
  get diagnostics v_workers = row_count;

  delete from basepool.audit as a
  where a.id = any(array(
    select o.id from basepool.audit as o
    where o.at < v_now - v_settings.keep_audit_for
    order by o.at limit p_max for update skip locked
  ));
  get diagnostics v_audit = row_count;
  delete from basepool.dry_runs as d
  where d.id = any(array(
    select o.id from basepool.dry_runs as o
    where o.made_at < v_now - v_settings.keep_history_for
    order by o.made_at limit p_max for update skip locked
  ));
  -- there may be many, all of one age, and of no other use
  delete from basepool.decisions as d
  where d.id <= (
    select max(o.id)
    from (select i.id, i.at from basepool.decisions as i order by i.id limit 30 * p_max) as o
    where o.at < v_now - v_settings.keep_decisions
  );
  get diagnostics v_decisions = row_count;
  delete from basepool.alerts as a
  where a.id = any(array(
    select o.id from basepool.alerts as o
    where o.opened_at < v_now - v_settings.keep_history_for and o.closed_at < v_now - v_settings.keep_history_for
    order by o.opened_at limit p_max for update skip locked
  ));
  delete from basepool.alert_messages as m
  where m.id = any(array(
    select o.id from basepool.alert_messages as o
    where o.written_at < v_now - v_settings.keep_history_for
    order by o.written_at limit p_max for update skip locked
  ));
  delete from basepool.spending as s where s.hour < v_now - v_settings.keep_attempts_for;
  delete from basepool.usage_stats as u
  where (u.hour, u.account_id, u.token_id, u.model) in (
    select o.hour, o.account_id, o.token_id, o.model from basepool.usage_stats as o
    where o.hour < v_now - v_settings.keep_attempts_for
    order by o.hour limit p_max
  );
  delete from basepool.minute_stats as m where m.minute < v_now - interval '25 hours';
  -- hourly, so that a half is left after a day
  update basepool.model_uses as u set uses = u.uses * 0.9715;
  delete from basepool.model_uses as u where u.uses < 0.01;
  -- what could not be cancelled for so long after its time is over, whatever Replicate says
  delete from basepool.cancellations as c where c.over_at < v_now - interval '1 day';

  -- only what is counted
  delete from basepool.attempts as a
  where a.id = any(array(
    select o.id from basepool.attempts as o
    where
      o.finished_at < least(v_now - v_settings.keep_attempts_for, v_counted)
      and not exists (select from basepool.lost_attempts as l where l.attempt_id = o.id)
      and not exists (select from basepool.cancellations as c where c.id = o.id)
    order by o.finished_at limit p_max for update skip locked
  ));
  get diagnostics v_attempts = row_count;

  if exists (select from pg_catalog.pg_extension as e where e.extname = 'pg_cron') then
    execute format('delete from %I.job_run_details as d where d.end_time < $1 and d.jobid = any($2)', 'cron')
    using v_now - v_settings.keep_history_for, array(
      select j.cron_job_id from basepool.jobs as j where basepool._owns_cron_job(j.name, j.cron_job_id)
      union all
      select c.cron_job_id from basepool.glue_calls as c where basepool._owns_cron_job('glue-' || c.job, c.cron_job_id)
    );
    get diagnostics v_cron = row_count;
  end if;
  return jsonb_build_object(
    'job_runs', v_jobs, 'webhook_events', v_events, 'searches', v_searches, 'attempts', v_attempts
    , 'workers', v_workers, 'audit', v_audit, 'decisions', v_decisions, 'cron_job_run_details', v_cron, 'former_secrets', basepool._forget_former_secrets()
  );
end
$$;

revoke all on function basepool._prune_history(integer) from public, anon, authenticated, service_role;

comment on function basepool._prune_history(integer) is
'Deletes up to p_max rows each of job_runs, alerts that are closed, messages about them, webhook_events, ended searches,
model_routes, breakers that are not open and silent workers (settings.keep_history_for), of basepool.audit
(settings.keep_audit_for), finished attempts (settings.keep_attempts_for), dry runs and, thirty times as many, decisions
(settings.keep_decisions), and what pg_cron keeps of the jobs in basepool.jobs; forgets former webhook secrets. Returns the
counts. The job prune. For the owner and basepool.run_job.';
