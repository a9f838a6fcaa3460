-- What Replicate says about a prediction, by webhook or because it was asked: one entrance for all. The inbox row and what
-- follows from it are one transaction, so an event is either applied or will be delivered again.
create or replace function basepool._receive_prediction(
  p_attempt uuid,
  p_prediction jsonb,
  p_source text,
  p_webhook_id text default null
)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_prediction jsonb := p_prediction;
  v_attempt basepool.attempts;
  v_id text;
  v_outcome text;
begin
  if p_source is null or p_source not in ('webhook', 'poll', 'cancel', 'search', 'late') then
    raise exception using
      errcode = 'PT400',
      message = format('p_source is %s', basepool._quote(p_source)),
      hint = 'Pass webhook, poll, cancel, search or late.';
  elsif (p_source = 'webhook') <> (coalesce(p_webhook_id, '') <> '') then
    raise exception using
      errcode = 'PT400',
      message = format('p_webhook_id is %s for a %s', basepool._quote(p_webhook_id), p_source),
      hint = 'Pass the webhook-id header with a webhook, and only then.';
  end if;

  if jsonb_typeof(p_prediction -> 'id') is distinct from 'string' then
    v_attempt := basepool._find_attempt(p_attempt);
    v_prediction := basepool._complete_prediction(p_prediction, v_attempt.prediction_id, p_source);
  end if;
  v_id := v_prediction ->> 'id';
  v_attempt := basepool._lock_attempt(basepool._owner_of_prediction(p_attempt, v_id));
  if p_source = 'webhook' and exists (select from basepool._find_webhook(p_webhook_id)) then
    return 'duplicate';
  elsif p_source = 'search' then
    -- a guess, if a good one: it gives way to whatever was found out by other means
    if v_attempt.id <> p_attempt or not exists (select from basepool.lost_attempts as l where l.attempt_id = p_attempt) then
      return 'unchanged';
    end if;
  end if;

  -- its own webhook or answer names another prediction than the search has guessed: that one is let go
  if v_attempt.found_by_search and v_attempt.finished_at is null and v_attempt.prediction_id <> v_id then
    update basepool.seats as s
    set prediction_id = null, prediction_status = null, found_by_search = false
    where s.id = v_attempt.seat_id and s.attempt_id = v_attempt.id;
    v_attempt := basepool._find_attempt(v_attempt.id);
  end if;

  v_outcome := basepool._apply_prediction(v_attempt, v_prediction);
  if p_source = 'search' then
    update basepool.seats as s set found_by_search = true where s.attempt_id = v_attempt.id and s.id = v_attempt.seat_id;
    update basepool.attempts as a set found_by_search = true where a.id = v_attempt.id;
  elsif p_source = 'webhook' then
    insert into basepool.webhook_events as e
      (webhook_id, attempt_id, prediction_id, prediction_status, received_at, outcome)
    values (p_webhook_id, p_attempt, v_id, v_prediction ->> 'status', basepool.now(), v_outcome)
    on conflict (webhook_id) do update
    set outcome = excluded.outcome, received_at = excluded.received_at, attempt_id = excluded.attempt_id
      , prediction_id = excluded.prediction_id, prediction_status = excluded.prediction_status;
  end if;
  return v_outcome;
end
$$;

revoke all on function basepool._receive_prediction(uuid, jsonb, text, text) from public, anon, authenticated, service_role;

comment on function basepool._receive_prediction(uuid, jsonb, text, text) is
'Applies a prediction to its attempt and generation; see apply_prediction.';
