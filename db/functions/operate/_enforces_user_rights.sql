-- The setting says what is to be, the policy what is.
create or replace function basepool._enforces_user_rights()
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select from pg_catalog.pg_policy as p
    where p.polrelid = 'public.generations'::regclass and p.polname = 'users_insert_only_pending'
  )
$$;

revoke all on function basepool._enforces_user_rights() from public, anon, authenticated, service_role;

comment on function basepool._enforces_user_rights() is
'Whether users have only the rights that settings.enforce_user_rights leaves them. For _sync_user_rights and _list_findings.';
