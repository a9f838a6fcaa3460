-- What people did, newest first.
create or replace function basepool.list_audit(p_since interval default null, p_max integer default 100)
returns table (
  id bigint,
  at timestamptz,
  action text,
  target text,
  details jsonb,
  login text,
  role text,
  application text,
  actor text
)
language sql
stable
security definer
set search_path = ''
as $$
  select a.id, a.at, a.action, a.target, a.details, a.login, a.role, a.application, a.actor
  from (select coalesce(basepool.now() - p_since, '-infinity') as time) as since
  inner join basepool.audit as a on a.at >= since.time
  order by a.at desc, a.id desc
  limit least(greatest(p_max, 0), 10000)
$$;

revoke all on function basepool.list_audit(interval, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.list_audit(interval, integer) to basepool_glue;

comment on function basepool.list_audit(interval, integer) is
'The newest p_max rows (at most 10000) of basepool.audit, those of the last p_since, or all: when, which command, to what, with
what, and who: the role that had logged in, the one it acted as, what its client calls itself, and the operator it acted for (actor;
null: nobody else).';
