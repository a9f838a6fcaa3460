-- Who sends, pg_net or the glue, takes the same ones in the same order; what somebody else has in hand is left to him.
create or replace function basepool._due_messages(p_now timestamptz, p_max integer)
returns setof basepool.alert_messages
language sql
volatile
set search_path = ''
as $$
  select m.*
  from basepool.alert_messages as m
  where
    m.due_at <= p_now and (m.leased_until is null or m.leased_until <= p_now)
    and not exists (
      select from basepool.alert_messages as o where o.alert_id = m.alert_id and o.id < m.id and o.due_at is not null
    )
  order by m.due_at, m.id
  limit p_max
  for update skip locked
$$;

revoke all on function basepool._due_messages(timestamptz, integer) from public, anon, authenticated, service_role;

comment on function basepool._due_messages(timestamptz, integer) is
'Up to p_max messages that are to be sent at p_now and that nobody sends, locked; of each alarm the first only. For _post_messages
and claim_alert_messages.';
