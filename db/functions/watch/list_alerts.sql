-- What rang, when, for how long, and whether anybody was told.
create or replace function basepool.list_alerts(p_all boolean default false, p_max integer default 100)
returns table (
  id bigint,
  name text,
  severity text,
  says text,
  opened_at timestamptz,
  last_seen_at timestamptz,
  closed_at timestamptz,
  sent_at timestamptz,
  send_error text,
  tries integer
)
language sql
stable
security definer
set search_path = ''
as $$
  select a.id, a.name, a.severity, a.says, a.opened_at, a.last_seen_at, a.closed_at, m.sent_at, m.error, coalesce(m.tries, 0)
  from basepool.alerts as a
  left join lateral (
    select max(o.sent_at) as sent_at, (array_agg(o.error order by o.id desc))[1] as error, sum(o.tries)::integer as tries
    from basepool.alert_messages as o where o.alert_id = a.id
  ) as m on true
  where p_all or a.closed_at is null
  order by a.opened_at desc, a.id desc
  limit p_max
$$;

revoke all on function basepool.list_alerts(boolean, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.list_alerts(boolean, integer) to basepool_glue;

comment on function basepool.list_alerts(boolean, integer) is
'The alarms, newest first, up to p_max; p_all: those that are over, too. last_seen_at: when there was reason for it last;
sent_at: when
a message about it arrived last (null: none has); send_error: why the newest one did not; tries: how often sending was tried.';
