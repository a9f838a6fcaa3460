-- A URL that something is sent to may be a secret as a whole. Whoever set it knows it by its host.
create or replace function basepool._show_setting(p_value text)
returns text
language sql
immutable
set search_path = ''
as $$
  select regexp_replace(p_value, '^(https?://)(?:[^/@]*@)?([^/?#]*)[/?#].*$', '\1\2/…', 'i')
$$;

revoke all on function basepool._show_setting(text) from public, anon, authenticated, service_role;

comment on function basepool._show_setting(text) is
'The value of a setting as the page and the audit have it: of a URL its host only.';
