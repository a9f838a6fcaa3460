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
  v_attempt basepool.attempts := p_attempt;
  v_id text := p_prediction ->> 'id';
  v_status text := case when jsonb_typeof(p_prediction -> 'status') = 'string' then p_prediction ->> 'status' end;
  v_is_over constant boolean := p_attempt.finished_at is not null;
  v_is_new constant boolean := p_attempt.prediction_id is null;
  v_ends boolean;
  v_is_active boolean;
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
  if v_attempt.prediction_id is distinct from v_id and (not v_is_new or basepool._is_known_prediction(v_id)) then
    raise exception using
      errcode = 'TP002',
      message = format('prediction %s belongs to another attempt than %s', basepool._printable(v_id), v_attempt.id),
      hint = 'The webhook''s URL or the caller mixed two attempts up; nothing was changed.';
  end if;

  v_ends := v_status in ('succeeded', 'failed', 'canceled', 'aborted');
  if v_attempt.prediction_status in ('succeeded', 'failed', 'canceled', 'aborted') then
    return case when v_attempt.prediction_status = v_status then 'unchanged' else 'stale' end;
  elsif not v_is_new and v_attempt.prediction_status = v_status then
    update basepool.seats as s set heard_at = v_now where s.id = v_attempt.seat_id and s.attempt_id = v_attempt.id;
    -- its generation was ended by somebody else meanwhile
    if not v_is_over and not coalesce(
      (select basepool.is_active(g.status) from public.generations as g where g.id = v_attempt.generation_id), false
    ) then
      perform basepool._cancel_attempts(v_attempt.generation_id, 'the generation was over');
    end if;
    return 'unchanged';
  elsif v_attempt.prediction_status = 'processing' and v_status = 'starting' then
    return 'stale';
  end if;
  if v_is_new then
    delete from basepool.lost_attempts as l where l.attempt_id = v_attempt.id;
  end if;
  if v_is_over then
    return basepool._apply_late_prediction(v_attempt, p_prediction);
  end if;

  update basepool.seats as s
  set
    prediction_id = v_id,
    prediction_status = v_status,
    heard_at = v_now,
    submitted_at = coalesce(s.submitted_at, v_now),
    state = case when v_ends then s.state else 'running' end,
    check_at = coalesce(s.check_at, v_now + basepool._expected_silence(s.model))
  where s.id = v_attempt.seat_id and s.attempt_id = v_attempt.id;
  -- a success writes all of it with its result
  update public.generations as g
  set
    status = 'processing', started_at = coalesce(g.started_at, v_attempt.leased_at)
    , replicate_prediction_id = v_id, replicate_token_index = v_attempt.token_id
  where
    v_status <> 'succeeded' and g.id = v_attempt.generation_id and basepool.is_active(g.status)
    and (g.replicate_prediction_id is distinct from v_id or g.status <> 'processing');
  select basepool.is_active(g.status) into v_is_active from public.generations as g where g.id = v_attempt.generation_id;
  if not v_ends then
    if v_is_new then
      perform basepool._absolve(v_attempt);
    end if;
    -- nobody waits for it any more, so it shall not cost more than it did
    if not coalesce(v_is_active, false) then
      perform basepool._cancel_attempts(v_attempt.generation_id, 'the generation was over');
    end if;
    return 'applied';
  end if;

  if v_status = 'succeeded' then
    perform basepool._end_attempt(v_attempt.seat_id, v_status, p_prediction);
    if not basepool._complete_generation(
      v_attempt.generation_id, p_prediction, v_attempt.token_id, v_attempt.leased_at
      -- the app was about to have it let go, and it was faster
      , p_late => v_is_active is false and (select s.late_success_delivers from basepool.settings as s)
    ) then
      v_decision := 'late';
      delete from basepool.cancellations as c where c.id = v_attempt.generation_id;
    elsif v_is_active is false then
      v_decision := 'delivered late';
    end if;
  else
    -- a failed prediction says what went wrong; the other two ends have only their name
    v_error := case when v_status = 'failed' then coalesce(p_prediction ->> 'error', '')
      else concat_ws(': ', v_status, nullif(p_prediction ->> 'error', '')) end;
    v_rule := basepool._classify_error('prediction', null, v_error);
    v_error := case when v_error = '' then 'the prediction failed without an explanation'
      else basepool._describe_error(null, v_error) end;
    perform basepool._end_and_decide(v_attempt, v_status, v_rule, v_error, null, p_prediction);
  end if;
  if v_is_new then
    perform basepool._absolve(v_attempt);
  end if;
  if v_rule.name is not null then
    perform basepool._blame(v_attempt, v_rule, v_error, null);
  end if;
  return coalesce(v_decision, 'applied');
end
$$;

revoke all on function basepool._apply_prediction(basepool.attempts, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._apply_prediction(basepool.attempts, jsonb) is
'Applies a prediction to its attempt, which the caller has locked, and to its generation. Returns applied, unchanged, stale
(older than what is known), late (the attempt or its generation was over) or delivered late. Raises PT400 and TP002.';
