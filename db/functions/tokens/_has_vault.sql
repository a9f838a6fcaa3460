-- By the extension, which only an administrator installs: anybody else's schema of that name gets no secret.
create or replace function basepool._has_vault()
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (select from pg_catalog.pg_extension as e where e.extname = 'supabase_vault')
$$;

revoke all on function basepool._has_vault() from public, anon, authenticated, service_role;

comment on function basepool._has_vault() is
'Whether Supabase Vault is installed.';
