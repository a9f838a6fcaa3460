-- What rings now, for all who show it.
create or replace function basepool._list_alerts()
returns table (name text, severity text, says text, opened_at timestamptz)
language sql
stable
set search_path = ''
as $$
  select a.name, a.severity, a.says, a.opened_at
  from basepool.alerts as a
  where a.closed_at is null
  order by a.opened_at, a.name
$$;

revoke all on function basepool._list_alerts() from public, anon, authenticated, service_role;

comment on function basepool._list_alerts() is
'The open alarms, the oldest first: name, severity (page, warn), says, opened_at.';
