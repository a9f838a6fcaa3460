-- A removed token must not stay readable in Vault.
create or replace function basepool._forget_secret(p_stored text)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_stored like 'vault:%' then
    execute format('delete from %I.secrets where id = $1', 'vault') using substr(p_stored, 7)::uuid;
  end if;
end
$$;

revoke all on function basepool._forget_secret(text) from public, anon, authenticated, service_role;

comment on function basepool._forget_secret(text) is
'Deletes what Vault holds for a stored value; nothing to do for a plain one.';
