-- The attempt is over, but Replicate has more to say: the answer of a call that was given up on, or what became of a cancel.
-- What was paid for is delivered all the same, and what still runs is cancelled.
create or replace function basepool._apply_late_prediction(
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
  v_status constant text := p_prediction ->> 'status';
  v_ends constant boolean := v_status in ('succeeded', 'failed', 'canceled', 'aborted');
begin
  insert into basepool.recounts select a.* from basepool.attempts as a where a.id = p_attempt.id
  on conflict do nothing;
  update basepool.attempts as a
  set
    xact = pg_current_xact_id(),
    prediction_id = p_prediction ->> 'id',
    prediction_status = v_status,
    predict_seconds = coalesce(basepool._predict_seconds(p_prediction), a.predict_seconds),
    submitted_at = coalesce(a.submitted_at, v_now),
    state = case when v_status = 'succeeded' and a.state = 'canceled' then v_status else a.state end
  where a.id = p_attempt.id;
  if v_ends then
    delete from basepool.cancellations as c where c.id = p_attempt.id;
  else
    perform basepool._open_cancellation(
      basepool._find_attempt(p_attempt.id), (select g.user_id from public.generations as g where g.id = p_attempt.generation_id)
    );
  end if;
  if v_status <> 'succeeded' or not (select s.late_success_delivers from basepool.settings as s)
    -- the app runs it again by itself
    or exists (select from public.generations as g where g.id = p_attempt.generation_id and g.queued_at is null)
    or not basepool._complete_generation(
      p_attempt.generation_id, p_prediction, p_attempt.token_id, p_attempt.leased_at, p_late => true
    ) then
    return 'late';
  end if;
  -- another one may be under way for it
  perform from basepool.seats as s where s.generation_id = p_attempt.generation_id for no key update;
  perform basepool._cancel_attempts(p_attempt.generation_id, 'an earlier attempt delivered');
  return 'delivered late';
end
$$;

revoke all on function basepool._apply_late_prediction(basepool.attempts, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._apply_late_prediction(basepool.attempts, jsonb) is
'Applies a prediction to an attempt that is over, and that the caller has locked. Returns late or delivered late.';
