-- A link may carry its own key: what is shown ends before the query, and names nobody who logs in.
create or replace function basepool._cut_url(p_url text)
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when p_url ~* '^data:' then substring(p_url from '^[A-Za-z]+:[\w./+-]{0,80}') || ',…'
    else regexp_replace(regexp_replace(left(p_url, 2000), '[?#].*$', ''), '^([A-Za-z][A-Za-z0-9+.-]*://)[^/@]*@', '\1')
  end
$$;

revoke all on function basepool._cut_url(text) from public, anon, authenticated, service_role;

comment on function basepool._cut_url(text) is
'p_url without user, query and fragment; of a data: URL only its type. Null for null.';
