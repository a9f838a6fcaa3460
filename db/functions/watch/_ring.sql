-- An alarm opens once and closes once, however often its reason comes and goes meanwhile: it closes when that has been away
-- for some
-- time, and the more often it has come back, the longer.
create or replace function basepool._ring(p_now timestamptz, p_alarms jsonb, p_is_complete boolean)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_settings basepool.settings;
  v_alarm record;
  v_alert basepool.alerts;
  v_opened integer := 0;
  v_closed integer := 0;
begin
  select s.* into v_settings from basepool.settings as s;
  for v_alarm in select r.* from jsonb_to_recordset(p_alarms) as r (name text, severity text, says text) order by r.name loop
    update basepool.alerts as a
    set says = v_alarm.says, severity = v_alarm.severity, last_seen_at = p_now
    where a.name = v_alarm.name and a.closed_at is null;
    if not found then
      insert into basepool.alerts (name, severity, says, opened_at, last_seen_at, said_at)
      values (v_alarm.name, v_alarm.severity, v_alarm.says, p_now, p_now, p_now);
      v_opened := v_opened + 1;
    end if;
  end loop;

  -- what could not be looked at is not over
  if p_is_complete then
    for v_alert in
      select a.* from basepool.alerts as a
      where
        a.closed_at is null and a.last_seen_at <= p_now - basepool._quiet_time(a.name, p_now)
        and not exists (select from jsonb_array_elements(p_alarms) as r (alarm) where r.alarm ->> 'name' = a.name)
      order by a.id
    loop
      update basepool.alerts as a set closed_at = p_now where a.id = v_alert.id returning a.* into v_alert;
      v_closed := v_closed + 1;
      -- who was told nothing need not hear that it is over
      if exists (select from basepool.alert_messages as m where m.alert_id = v_alert.id) then
        perform basepool._write_message('closed', v_alert, p_now);
      end if;
    end loop;
  end if;

  if v_settings.alert_url is not null then
    for v_alert in select a.* from basepool.alerts as a where a.closed_at is null order by a.id loop
      if not exists (select from basepool.alert_messages as m where m.alert_id = v_alert.id) then
        perform basepool._write_message('opened', v_alert, p_now);
      elsif
        v_alert.said_at <= p_now - v_settings.alert_repeat_after
        -- what was not heard yet is not said twice
        and not exists (select from basepool.alert_messages as m where m.alert_id = v_alert.id and m.due_at is not null)
      then
        perform basepool._write_message('again', v_alert, p_now);
      else
        continue;
      end if;
      update basepool.alerts as a set said_at = p_now where a.id = v_alert.id;
    end loop;
  end if;
  return jsonb_build_object(
    'open', (select count(*) from basepool.alerts as a where a.closed_at is null), 'opened', v_opened, 'closed', v_closed
  );
end
$$;

revoke all on function basepool._ring(timestamptz, jsonb, boolean) from public, anon, authenticated, service_role;

comment on function basepool._ring(timestamptz, jsonb, boolean) is
'Opens the alarms of p_alarms ([{name, severity, says}], all that there is reason for at p_now) that are not open, closes
those whose
reason has been away for _quiet_time, unless p_is_complete says that not all was looked at, and writes the messages: one when it opens,
one when it closes, one each alert_repeat_after between. Returns {open, opened, closed}. For watch.';
