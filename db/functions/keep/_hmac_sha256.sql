-- Links are signed in the database, which knows whose they are; pgcrypto, which could do it, is not everywhere.
create or replace function basepool._hmac_sha256(p_key bytea, p_message bytea)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_key bytea := case when length(p_key) > 64 then sha256(p_key) else p_key end;
  v_inner bytea := decode(repeat('36', 64), 'hex');
  v_outer bytea := decode(repeat('5c', 64), 'hex');
begin
  for i in 0 .. length(v_key) - 1 loop
    v_inner := set_byte(v_inner, i, 54 # get_byte(v_key, i));
    v_outer := set_byte(v_outer, i, 92 # get_byte(v_key, i));
  end loop;
  return sha256(v_outer || sha256(v_inner || p_message));
end
$$;

revoke all on function basepool._hmac_sha256(bytea, bytea) from public, anon, authenticated, service_role;

comment on function basepool._hmac_sha256(bytea, bytea) is
'HMAC-SHA256 of p_message under p_key (RFC 2104, FIPS 180-4).';
