-- One place decides where a secret is kept, so that on Supabase none lies in a table in plain text.
create or replace function basepool._store_secret(p_secret text, p_purpose text)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_id uuid;
begin
  if p_secret is null or not basepool._has_vault() then
    return p_secret;
  end if;
  execute format('select %I.create_secret($1, $2, $3)', 'vault')
    into v_id using p_secret, 'basepool-' || gen_random_uuid(), p_purpose;
  return 'vault:' || v_id;
end
$$;

revoke all on function basepool._store_secret(text, text) from public, anon, authenticated, service_role;

comment on function basepool._store_secret(text, text) is
'What to keep in a column for a secret: vault:<uuid> where Supabase Vault is installed, the secret itself elsewhere. p_purpose:
a description for Vault, one of those that _forget_secrets knows.';
