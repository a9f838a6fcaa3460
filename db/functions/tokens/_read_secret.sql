-- Secrets live in Vault where there is one; a column then holds a reference. Vault may not exist, hence dynamic SQL.
create or replace function basepool._read_secret(p_stored text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_secret text;
begin
  if p_stored is null or p_stored not like 'vault:%' then
    return p_stored;
  end if;
  execute format('select decrypted_secret from %I.decrypted_secrets where id = $1', 'vault')
    into v_secret using substr(p_stored, 7)::uuid;
  return v_secret;
end
$$;

revoke all on function basepool._read_secret(text) from public, anon, authenticated, service_role;

comment on function basepool._read_secret(text) is
'The secret behind a stored value: itself, or what Vault holds for vault:<uuid> (null when it is gone).';
