-- The answer to a create. Whatever happened meanwhile, the prediction's id is kept: it exists and is being paid for.
create or replace function basepool._record_submitted(p_attempt uuid, p_prediction jsonb, p_has_webhook boolean)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_attempt basepool.attempts := basepool._lock_attempt(p_attempt);
  v_check_at timestamptz;
  v_prediction constant jsonb := basepool._complete_prediction(p_prediction, v_attempt.prediction_id, 'answer');
  v_outcome text;
begin
  -- over, and not by this prediction: found out to be none, cancelled; or the search gave it an equal one
  if v_attempt.prediction_id is distinct from v_prediction ->> 'id'
    and (v_attempt.finished_at is not null or v_attempt.found_by_search) then
    raise exception using
      errcode = 'TP023',
      message = format('attempt %s is %s already', p_attempt, v_attempt.state),
      hint = 'Its lease ran out; nothing was changed. Pass the prediction to apply_prediction with source late.';
  end if;
  v_outcome := basepool._apply_prediction(v_attempt, v_prediction);
  if not p_has_webhook then
    select basepool.now() + s.poll_every into v_check_at from basepool.settings as s;
    update basepool.seats as s
    set has_webhook = false, check_at = v_check_at
    where s.id = v_attempt.seat_id and s.attempt_id = p_attempt;
  end if;
  return v_outcome;
end
$$;

revoke all on function basepool._record_submitted(uuid, jsonb, boolean) from public, anon, authenticated, service_role;

comment on function basepool._record_submitted(uuid, jsonb, boolean) is
'Records that Replicate accepted a create; see record_submitted.';
