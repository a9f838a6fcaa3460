-- One of record_answers.
create or replace function basepool.record_submitted(
  p_attempt uuid,
  p_prediction jsonb,
  p_has_webhook boolean default true
)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_outcome constant text := basepool._apply_one(p_attempt, p_prediction, 'answer', null, p_has_webhook);
begin
  return case v_outcome when 'applied' then 'recorded' else v_outcome end;
end
$$;

revoke all on function basepool.record_submitted(uuid, jsonb, boolean) from public, anon, authenticated, service_role;
grant execute on function basepool.record_submitted(uuid, jsonb, boolean) to basepool_glue;

comment on function basepool.record_submitted(uuid, jsonb, boolean) is
'Records that Replicate accepted a create. p_attempt: the attempt of the claim; p_prediction: the body of the 2xx answer;
p_has_webhook: false where none was ordered, so that Replicate is asked soon. Returns recorded, unchanged or stale (a webhook
was faster). Raises TP023 (the lease ran out and the attempt is over: nothing was changed), TP001, TP002, PT400.';
