-- One that was refused before (signed with a secret we did not know yet) is not a duplicate when it comes again.
create or replace function basepool._is_known_webhook(p_webhook_id text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from basepool.webhook_events as e where e.webhook_id = p_webhook_id and e.outcome not like 'refused%'
  );
end
$$;

revoke all on function basepool._is_known_webhook(text) from public, anon, authenticated, service_role;

comment on function basepool._is_known_webhook(text) is
'Whether this webhook-id was received and applied before.';
