-- What makes a database unsafe and stops nothing would be noticed last.
create or replace function basepool._list_warnings()
returns setof text
language sql
stable
set search_path = ''
as $$
  select format('%s. %s', h.problem, h.remedy)
  from basepool.settings as s
  cross join lateral basepool._check_hook(s.settled_hook) as h
  where h.problem is not null
$$;

revoke all on function basepool._list_warnings() from public, anon, authenticated, service_role;

comment on function basepool._list_warnings() is
'What an owner is to know, a sentence and a remedy each: what is wrong with the hook (_check_hook). For get_status and make
migrate.';
