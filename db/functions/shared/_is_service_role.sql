-- Inside a definer function current_user is its owner; who really asks is in the request's claims and the session's role.
create or replace function basepool._is_service_role()
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce(nullif(current_setting('role', true), 'none'), session_user::text) = 'service_role'
$$;

revoke all on function basepool._is_service_role() from public, anon, authenticated, service_role;

comment on function basepool._is_service_role() is
'Whether the request was made as service_role (PostgREST sets the role of each request; a direct login counts too).';
