-- Where the database can make calls itself, an alarm needs nobody else.
create or replace function basepool._has_net()
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (select from pg_catalog.pg_extension as e where e.extname = 'pg_net')
$$;

revoke all on function basepool._has_net() from public, anon, authenticated, service_role;

comment on function basepool._has_net() is
'Whether pg_net is installed.';
