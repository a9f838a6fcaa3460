-- Where alarms go is a secret: whoever knows the URL can write there.
create or replace function basepool._read_url(p_stored text, out url text, out problem text)
language plpgsql
stable
set search_path = ''
as $$
begin
  if p_stored is null then
    problem := 'it is not set';
  elsif p_stored not like 'vault:%' then
    url := p_stored;
  elsif not basepool._has_vault() then
    problem := 'there is no Vault';
  else
    execute format('select decrypted_secret from %I.decrypted_secrets where name = $1 limit 1', 'vault')
      into url using substr(p_stored, 7);
    -- what is no URL is some other secret, and is told to nobody
    if url is null then
      problem := 'Vault has no secret of that name';
    elsif url !~ '^https?://[^[:space:]@]+$' then
      url := null;
      problem := 'what Vault has under that name is no URL';
    end if;
  end if;
exception when others then
  -- shortages, lost connections, somebody else's lock: not the secret's fault
  if left(sqlstate, 2) in ('25', '40', '53', '55', '57') then
    raise;
  end if;
  -- without its message, which may quote what was decrypted
  url := null;
  problem := format('Vault can''t be read (SQLSTATE %s)', sqlstate);
end
$$;

revoke all on function basepool._read_url(text) from public, anon, authenticated, service_role;

comment on function basepool._read_url(text) is
'The URL that the value p_stored of alert_url or heartbeat_url stands for (itself, or the secret that vault:name names), or the
problem with it. For _post_messages and claim_alert_messages.';
