-- What is over becomes history, and its seat takes its next turn. The one way out of a seat.
create or replace function basepool._end_attempts(
  p_attempts uuid [],
  p_state text,
  p_predictions jsonb [] default null,
  p_cancel boolean default false
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_current constant bigint := (select max(l.turn) from basepool.limiters as l);
begin
  with lease as materialized (
    select s.*, e.prediction, t.account_id, 1000000 / t.weight as stride
    from unnest(p_attempts, p_predictions) as e (attempt_id, prediction)
    inner join basepool.seats as s on s.id = basepool._seat_of(e.attempt_id) and s.attempt_id = e.attempt_id
    inner join public.replicate_tokens as t on t.id = s.token_id
  ),

  freed as (
    update basepool.seats as s
    set attempt_id = null, generation_id = null, turn = basepool._next_turn(l.token_id, l.stride, v_current)
    from lease as l
    where s.id = l.id
  )

  insert into basepool.attempts (
    id, generation_id, attempt_no, seat_id, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at
    , submitted_at, finished_at, prediction_id, prediction_status, predict_seconds, http_status, error, error_rule, decision
    , found_by_search, cancel_requested_at
  )
  select
    l.attempt_id, l.generation_id, l.attempt_no, l.id, l.token_id, l.account_id, p_state, l.worker, l.model, l.queue_tag
    , l.queued_at, l.leased_at
    , coalesce(l.submitted_at, case when l.prediction is not null then v_now end), v_now
    , coalesce(l.prediction ->> 'id', l.prediction_id), coalesce(l.prediction ->> 'status', l.prediction_status)
    , coalesce((l.prediction #>> '{metrics,predict_time}')::numeric, l.predict_seconds)
    , l.http_status, l.error, l.error_rule, l.decision, l.found_by_search, case when p_cancel then v_now end
  from lease as l;
  perform basepool._wake_workers();
end
$$;

revoke all on function basepool._end_attempts(uuid[], text, jsonb[], boolean) from public, anon, authenticated, service_role;

comment on function basepool._end_attempts(uuid[], text, jsonb[], boolean) is
'Moves attempts in flight, whose seats the caller has locked, to the history. p_state: how they ended; p_predictions: the
prediction that ended it, where one did; p_cancel: whether what runs there is to be cancelled at Replicate.';
