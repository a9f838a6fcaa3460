-- What is told stands as it was when it happened: an alarm may be over before its message is sent.
create or replace function basepool._write_message(p_kind text, p_alert basepool.alerts, p_now timestamptz)
returns bigint
language sql
volatile
set search_path = ''
as $$
  insert into basepool.alert_messages (alert_id, kind, body, written_at, due_at)
  select
    p_alert.id, p_kind
    , jsonb_build_object(
      -- as Slack takes it: these three mean something there, and some of it is text of others
      'text', replace(replace(replace(t.line, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')
      , 'alert', jsonb_strip_nulls(jsonb_build_object(
        'id', p_alert.id, 'name', p_alert.name, 'severity', p_alert.severity
        , 'state', case p_kind when 'closed' then 'closed' when 'test' then 'test' else 'open' end
        , 'says', p_alert.says, 'opened_at', p_alert.opened_at, 'closed_at', p_alert.closed_at
        , 'database', current_database()
      ))
    )
    , p_now, p_now
  from (
    select format(
      '%s %s%s: %s (basepool, database %s)'
      , case p_kind when 'opened' then 'ALARM' when 'again' then 'STILL' when 'closed' then 'OVER:' else 'TEST' end
      , coalesce(p_alert.name, 'basepool alerts test')
      , case p_kind
        when 'again' then ' since ' || to_char(p_alert.opened_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
        when 'closed' then ' after ' || basepool._say_interval(date_trunc('second', p_alert.closed_at - p_alert.opened_at)) || ', it was'
        else ''
      end
      , coalesce(p_alert.says, 'alarms arrive here'), current_database()
    ) as line
  ) as t
  returning id
$$;

revoke all on function basepool._write_message(text, basepool.alerts, timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._write_message(text, basepool.alerts, timestamptz) is
'Writes the message of p_kind (opened, again, closed; test with p_alert null) about p_alert, due at p_now. Its body is {text, alert:
{id, name, severity, state, says, opened_at, closed_at, database}}. Returns its id. For _ring and send_test_alert.';
