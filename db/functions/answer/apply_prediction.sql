-- One of apply_predictions.
create or replace function basepool.apply_prediction(
  p_attempt uuid,
  p_prediction jsonb,
  p_source text,
  p_webhook_id text default null
)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  return basepool._apply_one(p_attempt, p_prediction, p_source, p_webhook_id, true);
end
$$;

revoke all on function basepool.apply_prediction(uuid, jsonb, text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.apply_prediction(uuid, jsonb, text, text) to basepool_glue;

comment on function basepool.apply_prediction(uuid, jsonb, text, text) is
'Applies a prediction to its attempt and generation. p_source: webhook, poll, cancel, search (match_predictions recognised it)
or late (the answer to a create whose lease had run out); p_webhook_id: the webhook-id header, for a webhook only. The caller
has verified the signature. Returns applied, duplicate, unchanged, stale, late or delivered late. Raises TP001 (unknown
attempt), TP002 (the prediction of another attempt), PT400. Source: https://replicate.com/docs/topics/webhooks.';
