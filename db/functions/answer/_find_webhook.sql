-- One that was refused before (signed with a secret we did not know yet) is not a duplicate when it comes again.
create or replace function basepool._find_webhook(p_webhook_id text)
returns table (received_at timestamptz, outcome text)
language sql
stable
begin atomic
  select
    e.received_at,
    e.outcome
  from basepool.webhook_events as e
  where e.webhook_id = p_webhook_id and e.outcome not like 'refused%';
end;

revoke all on function basepool._find_webhook(text) from public, anon, authenticated, service_role;

comment on function basepool._find_webhook(text) is
'The webhook with this webhook-id that was received and applied before. Inlined.';
