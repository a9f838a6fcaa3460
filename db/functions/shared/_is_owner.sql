-- Whoever may change everything here asks with no claims of a user: in psql, or in Supabase's SQL editor.
create or replace function basepool._is_owner()
returns boolean
language sql
stable
set search_path = ''
as $$
  select pg_has_role(coalesce(nullif(current_setting('role', true), 'none'), session_user::text), n.nspowner, 'usage')
  from pg_catalog.pg_namespace as n
  where n.nspname = 'basepool'
$$;

revoke all on function basepool._is_owner() from public, anon, authenticated, service_role;

comment on function basepool._is_owner() is
'Whether the request was made as the owner of basepool, or a role that has his rights. Also inside a definer function, where
current_user is always the owner.';
