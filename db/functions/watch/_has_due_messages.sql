-- The glue asks with every heartbeat, so that it need not ask for nothing.
create or replace function basepool._has_due_messages(p_now timestamptz)
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select from basepool.alert_messages as m
    where m.due_at <= p_now and (m.leased_until is null or m.leased_until <= p_now)
  ) and not basepool._has_net()
$$;

revoke all on function basepool._has_due_messages(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._has_due_messages(timestamptz) is
'Whether there are messages that the glue has to send at p_now: never where pg_net sends them. For watch, heartbeat and
_call_glue.';
