-- The watchdog: it needs nothing but SQL, so it barks when all else is dead. What is wrong the findings say; this decides
-- which of it
-- rings, and has it said.
create or replace function basepool.watch()
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_alarms jsonb;
  v_is_complete boolean;
  v_told jsonb;
begin
  -- pg_cron, a scheduler and workers may come at once
  if not pg_try_advisory_xact_lock(hashtextextended('basepool watch', 0)) then
    return jsonb_build_object('busy', true);
  end if;
  select
    coalesce(jsonb_agg(to_jsonb(l) order by l.name) filter (where l.name is not null), '[]')
    , coalesce(bool_and(l.is_complete), true)
  into v_alarms, v_is_complete
  from basepool._list_alarms(v_now) as l;
  perform basepool._read_answers(v_now);
  v_told := basepool._ring(v_now, v_alarms, v_is_complete);
  perform basepool._write_heartbeat(v_now);
  perform basepool._post_messages(v_now);
  if basepool._has_due_messages(v_now) then
    perform pg_catalog.pg_notify('basepool_alerts', '');
  end if;
  return v_told || jsonb_build_object('stuck', basepool._count_stuck(v_now));
end
$$;

revoke all on function basepool.watch() from public, anon, authenticated, service_role;
grant execute on function basepool.watch() to basepool_glue;

comment on function basepool.watch() is
'Looks for what is wrong, opens and closes alarms (basepool.alarms says which there are), and has them sent: by pg_net where
that is,
else basepool_alerts is notified and the glue sends them. Calls heartbeat_url while no alarm is open. Returns {open, opened,
closed, stuck}: how many alarms, and how many generations are stuck (at most 1000 are counted); {busy: true} where somebody else is at
it. The job watch, every minute; heartbeats do it where that does not run.';
