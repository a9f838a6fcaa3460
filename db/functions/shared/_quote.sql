-- Where a message ends and what somebody else wrote begins must be seen.
create or replace function basepool._quote(p_text text)
returns text
language sql
immutable
set search_path = ''
as $$
  select coalesce('''' || basepool._printable(p_text) || '''', 'null')
$$;

revoke all on function basepool._quote(text) from public, anon, authenticated, service_role;

comment on function basepool._quote(text) is
'_printable in quotes, or null without them where there is none: for messages.';
