-- Secrets live in Vault where there is one; a column then holds a reference.
create or replace function basepool._read_secret(p_stored text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_secret text := p_stored;
begin
  if p_stored like 'vault:%' then
    select v.secret into v_secret from basepool._read_vault(p_stored) as v;
  end if;
  return basepool._usable_secret(v_secret);
end
$$;

revoke all on function basepool._read_secret(text) from public, anon, authenticated, service_role;

comment on function basepool._read_secret(text) is
'The secret behind a stored value, itself or what Vault holds for vault:<uuid>, as it can be sent; null where it can''t be, which
_explain_secret explains.';
