-- The one state machine behind webhook, poll, cancel and the answer to a create: what Replicate says about an attempt that
-- the caller has locked. Idempotent, deaf to what is older than what is known, and not surprised by new words.
create or replace function basepool._apply_prediction(
  p_attempt basepool.attempts,
  p_prediction jsonb
)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_settings basepool.settings;
  v_attempt basepool.attempts := p_attempt;
  v_id text := p_prediction ->> 'id';
  v_status text := p_prediction ->> 'status';
  v_is_over boolean := p_attempt.slot_no is null;
  v_ends boolean;
  v_error text;
  v_rule basepool.error_rules;
  v_decision text;
begin
  if jsonb_typeof(p_prediction) is distinct from 'object' or coalesce(v_id, '') = '' or coalesce(v_status, '') = '' then
    raise exception using
      errcode = 'PT400',
      message = 'this is not a prediction: it has no id or no status',
      hint = 'Pass the prediction object as Replicate sent it.';
  end if;
  if v_attempt.prediction_id is distinct from v_id and (
    v_attempt.prediction_id is not null or exists (select from basepool.attempts as a where a.prediction_id = v_id)
  ) then
    raise exception using
      errcode = 'TP002',
      message = format('prediction %s belongs to another attempt than %s', v_id, v_attempt.id),
      hint = 'The webhook''s URL or the caller mixed two attempts up; nothing was changed.';
  end if;
  select s.* into v_settings from basepool.settings as s;

  v_ends := v_status in ('succeeded', 'failed', 'canceled', 'aborted');
  if v_attempt.prediction_status in ('succeeded', 'failed', 'canceled', 'aborted') then
    return case when v_attempt.prediction_status = v_status then 'unchanged' else 'stale' end;
  elsif v_attempt.prediction_id is not null and v_attempt.prediction_status = v_status then
    update basepool.attempts as a set heard_at = v_now where a.id = v_attempt.id;
    return 'unchanged';
  elsif v_attempt.prediction_status = 'processing' and v_status = 'starting' then
    return 'stale';
  end if;

  update basepool.attempts as a
  set
    prediction_id = v_id,
    prediction_status = v_status,
    heard_at = v_now,
    predict_seconds = coalesce((p_prediction #>> '{metrics,predict_time}')::numeric, a.predict_seconds),
    submitted_at = coalesce(a.submitted_at, v_now),
    state = case
      when v_ends and not v_is_over then v_status
      when v_ends and v_status = 'succeeded' and a.state = 'canceled' then v_status
      when not v_is_over then 'running'
      else a.state
    end,
    slot_no = case when v_ends then null else a.slot_no end,
    finished_at = case when v_ends then coalesce(a.finished_at, v_now) else a.finished_at end,
    -- the answer of a call that was given up on: nobody waits for it, so it shall not cost more than it did
    cancel_requested_at = coalesce(a.cancel_requested_at, case when v_is_over and not v_ends then v_now end),
    cancel_done_at = case when v_ends and a.cancel_requested_at is not null then coalesce(a.cancel_done_at, v_now)
      else a.cancel_done_at end,
    check_at = coalesce(a.check_at, v_now + basepool._expected_silence(a.model))
  where a.id = v_attempt.id
  returning a.* into v_attempt;
  if p_attempt.prediction_id is null then
    delete from basepool.lost_attempts as l where l.attempt_id = v_attempt.id;
  end if;

  if not v_is_over then
    update public.generations as g
    set replicate_prediction_id = v_id
    where g.id = v_attempt.generation_id and g.replicate_prediction_id is distinct from v_id;
    if p_attempt.prediction_id is null then
      perform basepool._absolve(v_attempt);
    end if;
  end if;
  if not v_ends then
    return case when v_is_over then 'late' else 'applied' end;
  end if;

  -- a place is free: whoever waits for one should hear of it
  if not v_is_over and exists (select from basepool.queue) then
    perform pg_catalog.pg_notify('basepool_queue', '');
  end if;

  if v_status = 'succeeded' then
    if v_is_over and not v_settings.late_success_delivers then
      return 'late';
    end if;
    if basepool._settle_generation(v_attempt.generation_id, 'completed', null, p_prediction, v_is_over) then
      update public.generations as g set replicate_prediction_id = v_id where g.id = v_attempt.generation_id;
      -- another one was under way for it
      perform basepool._cancel_attempts(v_attempt.generation_id, 'an earlier attempt delivered');
      return case when v_is_over then 'delivered late' else 'applied' end;
    end if;
    return 'late';
  end if;
  if v_is_over then
    return 'late';
  end if;

  -- a failed prediction says what went wrong; the other two ends have only their name
  v_error := case when v_status = 'failed' then coalesce(p_prediction ->> 'error', '')
    else concat_ws(': ', v_status, nullif(p_prediction ->> 'error', '')) end;
  v_rule := basepool._classify_error('prediction', null, v_error);
  v_error := left(coalesce(nullif(v_error, ''), 'the prediction failed without an explanation'), 1000);
  select d.decision into v_decision
  from basepool._retry_or_fail(v_attempt, v_rule, v_error, null, p_prediction) as d;
  update basepool.attempts as a
  set error = v_error, error_rule = v_rule.name, decision = v_decision
  where a.id = v_attempt.id;
  perform basepool._blame(v_attempt, v_rule, v_error, null);
  return 'applied';
end
$$;

revoke all on function basepool._apply_prediction(basepool.attempts, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._apply_prediction(basepool.attempts, jsonb) is
'Applies a prediction to its attempt, which the caller has locked, and to its generation. Returns applied, unchanged, stale
(older than what is known), late (the attempt was over) or delivered late. Raises PT400 and TP002.';
