-- A link is good for one file until one moment; who changes either has no signature for it.
create or replace function basepool._sign_url(
  p_url text,
  p_key text,
  p_is_private boolean,
  p_expires bigint,
  p_secret bytea
)
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when p_is_private then
      p_url || case when strpos(p_url, '?') > 0 then '&' else '?' end || 'expires=' || p_expires || '&signature='
      || encode(basepool._hmac_sha256(p_secret, convert_to(p_key || E'\n' || p_expires, 'UTF8')), 'hex')
    else p_url
  end
$$;

revoke all on function basepool._sign_url(text, text, boolean, bigint, bytea) from public, anon, authenticated, service_role;

comment on function basepool._sign_url(text, text, boolean, bigint, bytea) is
'p_url as it is, or where it is private with expires (p_expires, Unix time) and signature: the HMAC-SHA256, in hex, of p_key, a line
feed and expires under p_secret. Null for null.';
