-- Whoever meets a pause is told who made it, since when, how long, and why.
create or replace function basepool._describe_pause(p_since timestamptz, p_until timestamptz, p_reason text, p_by text)
returns text
language sql
stable
set search_path = ''
as $$
  select concat(
    'paused by ', p_by, ' since ', to_char(p_since at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
    , case when p_until < 'infinity' then ' until ' || to_char(p_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') end
    , ': ' || p_reason
  )
$$;

revoke all on function basepool._describe_pause(timestamptz, timestamptz, text, text)
from public, anon, authenticated, service_role;

comment on function basepool._describe_pause(timestamptz, timestamptz, text, text) is
'A pause in words.';
