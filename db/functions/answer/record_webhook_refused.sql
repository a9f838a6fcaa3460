-- What was turned away leaves a trace for the operator; it must never shut out the genuine event of the same id.
create or replace function basepool.record_webhook_refused(
  p_attempt uuid,
  p_webhook_id text,
  p_reason text
)
returns void
language sql
volatile
security definer
set search_path = ''
as $$
  insert into basepool.webhook_events (webhook_id, attempt_id, received_at, outcome)
  values (
    left(coalesce(nullif(p_webhook_id, ''), 'none-' || gen_random_uuid()), 200),
    coalesce(p_attempt, '00000000-0000-0000-0000-000000000000'),
    basepool.now(),
    'refused: ' || left(p_reason, 200)
  )
  on conflict (webhook_id) do nothing
$$;

revoke all on function basepool.record_webhook_refused(uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.record_webhook_refused(uuid, text, text) to basepool_glue;

comment on function basepool.record_webhook_refused(uuid, text, text) is
'Leaves a trace of a webhook that was refused. p_attempt and p_webhook_id: as far as known; p_reason: bad signature, too large,
unknown attempt …';
