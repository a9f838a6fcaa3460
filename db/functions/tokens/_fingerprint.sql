-- Tells tokens apart where their secrets are in Vault, or are not to be shown.
create or replace function basepool._fingerprint(p_secret text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return encode(sha256(convert_to(p_secret, 'UTF8')), 'hex');
end
$$;

revoke all on function basepool._fingerprint(text) from public, anon, authenticated, service_role;

comment on function basepool._fingerprint(text) is
'sha256 of a secret, in hexadecimal digits.';
