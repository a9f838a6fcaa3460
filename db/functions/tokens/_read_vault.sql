-- One secret that is gone, or that its key no longer opens, must not spoil the statement that reads others. The subtransaction
-- writes nothing, and only what is in Vault pays for it.
create or replace function basepool._read_vault(p_stored text, out secret text, out problem text)
language plpgsql
stable
set search_path = ''
as $$
begin
  execute format('select decrypted_secret from %I.decrypted_secrets where id = $1', 'vault')
    into secret using substr(p_stored, 7)::uuid;
  if secret is null then
    problem := 'its secret is not in Vault any more';
  end if;
exception when others then
  -- shortages, lost connections, somebody else's lock: not the secret's fault
  if left(sqlstate, 2) in ('25', '40', '53', '55', '57') then
    raise;
  end if;
  -- without its message, which may quote what was decrypted
  problem := format('its secret can''t be read from Vault (SQLSTATE %s)', sqlstate);
end
$$;

revoke all on function basepool._read_vault(text) from public, anon, authenticated, service_role;

comment on function basepool._read_vault(text) is
'What Vault holds for a stored vault:<uuid>, or why it can''t be had.';
