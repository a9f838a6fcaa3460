-- An attempt ends with an error: what follows for the generation is decided and written down with it.
create or replace function basepool._end_and_decide(
  p_attempt basepool.attempts,
  p_state text,
  p_rule basepool.error_rules,
  p_error text,
  p_wait interval default null,
  p_prediction jsonb default null,
  p_http_status integer default null,
  out decision text,
  out retry_at timestamptz
)
language plpgsql
volatile
set search_path = ''
as $$
begin
  select v.decision, v.retry_at into decision, retry_at
  from basepool._retry_or_fail(p_attempt, p_rule, p_error, p_wait, p_prediction) as v;
  update basepool.seats as s
  set error = p_error, error_rule = p_rule.name, decision = _end_and_decide.decision
    , http_status = coalesce(p_http_status, s.http_status)
  where s.id = p_attempt.seat_id and s.attempt_id = p_attempt.id;
  perform basepool._end_attempt(p_attempt.seat_id, p_state, p_prediction);
  -- a claim had it in hand when it was cancelled
  if decision like 'none:%' then
    delete from basepool.cancellations as c where c.id = p_attempt.generation_id;
  end if;
end
$$;

revoke all on function basepool._end_and_decide(basepool.attempts, text, basepool.error_rules, text, interval, jsonb, integer)
from public, anon, authenticated, service_role;

comment on function basepool._end_and_decide(basepool.attempts, text, basepool.error_rules, text, interval, jsonb, integer) is
'Ends an attempt in flight as p_state because of p_error, whose rule is p_rule; its generation is queued again or fails.
p_wait: how long the answer said to wait; p_prediction: the failed prediction; p_http_status: of the answer. Each of them may
be null. Returns decision (in words) and retry_at.';
