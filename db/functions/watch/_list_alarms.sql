-- An alarm says nothing of its own: it is one finding or some, so that status, the log and the phone say the same.
create or replace function basepool._list_alarms(p_now timestamptz)
returns table (name text, severity text, says text, is_complete boolean)
language sql
volatile
set search_path = ''
as $$
  with found as materialized (
    select f.name, f.says from basepool._list_findings(p_now) as f
  )

  select
    a.name, a.severity
    , left(string_agg(f.says, '; ' order by f.name), 1500) || '. ' || a.remedy
    , not exists (select from found as u where u.name = 'unread')
  from basepool.alarms as a
  inner join found as f on f.name ~ a.findings
  group by a.name
  union all
  select null, null, null, false where exists (select from found as u where u.name = 'unread')
$$;

revoke all on function basepool._list_alarms(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._list_alarms(timestamptz) is
'The alarms that there is reason for at p_now: name, severity (page, warn), says (what is wrong and what to do). is_complete
is false
where not all could be looked at, with a row without a name then. For watch.';
