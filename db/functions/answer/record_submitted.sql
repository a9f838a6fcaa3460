-- The answer to a create. Whatever happened meanwhile, the prediction's id is kept: it exists and is being paid for.
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
  v_attempt basepool.attempts := basepool._lock_attempt(p_attempt);
  v_outcome text;
begin
  -- over, and not by this prediction: found out to be none, cancelled; or the search gave it an equal one
  if v_attempt.prediction_id is distinct from p_prediction ->> 'id'
    and (v_attempt.slot_no is null or v_attempt.found_by_search) then
    raise exception using
      errcode = 'TP023',
      message = format('attempt %s is %s already', p_attempt, v_attempt.state),
      hint = 'Its lease ran out; nothing was changed. Pass the prediction to apply_prediction with source late.';
  end if;
  v_outcome := basepool._apply_prediction(v_attempt, p_prediction);
  if not p_has_webhook then
    update basepool.attempts as a
    set has_webhook = false, check_at = basepool.now() + s.poll_every
    from basepool.settings as s
    where a.id = p_attempt and a.slot_no is not null;
  end if;
  return case v_outcome when 'applied' then 'recorded' else v_outcome end;
end
$$;

revoke all on function basepool.record_submitted(uuid, jsonb, boolean) from public, anon, authenticated, service_role;
grant execute on function basepool.record_submitted(uuid, jsonb, boolean) to basepool_glue;

comment on function basepool.record_submitted(uuid, jsonb, boolean) is
'Records that Replicate accepted a create. p_attempt: the attempt of the claim; p_prediction: the body of the 2xx answer;
p_has_webhook: false where none was ordered, so that Replicate is asked soon. Returns recorded, unchanged or stale (a webhook
was faster). Raises TP023 (the lease ran out and the attempt is over: nothing was changed), TP001, TP002, PT400.';
