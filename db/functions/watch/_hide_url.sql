-- The path of such a URL is the secret; its host tells people which it is.
create or replace function basepool._hide_url(p_url text)
returns text
language sql
immutable
set search_path = ''
as $$
  select case when p_url like 'vault:%' then p_url else substring(p_url from '^https?://[^/?#]+') || '/…' end
$$;

revoke all on function basepool._hide_url(text) from public, anon, authenticated, service_role;

comment on function basepool._hide_url(text) is
'p_url as it may be shown: scheme and host; a reference into Vault as it is. For list_settings.';
