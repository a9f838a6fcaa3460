-- What a user has written may hold links that carry their own key, and somebody's token.
create or replace function basepool._hide_keys(p_text text)
returns text
language sql
immutable
set search_path = ''
as $$
  select regexp_replace(
    -- in JSON a quote is written with a backslash, and neither ends a link
    regexp_replace(p_text, '(https?://)(?:[^\s"\\/@]*@)?([^\s"\\?#]*)[?#](?:[^\s"\\]|\\["\\/])*', '\1\2', 'gi')
    , '\y(r8_|whsec_)[^\s"\\]+', '\1…', 'gi'
  )
$$;

revoke all on function basepool._hide_keys(text) from public, anon, authenticated, service_role;

comment on function basepool._hide_keys(text) is
'p_text, which may be JSON written as text, with its links cut before their queries, and Replicate''s secrets hidden.';
