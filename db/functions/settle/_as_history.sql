-- The one place that says what is kept of an attempt when it is over.
create or replace function basepool._as_history(
  p_seat basepool.seats,
  p_account bigint,
  p_state text,
  p_prediction jsonb,
  p_now timestamptz
)
returns setof basepool.attempts
language sql
stable
rows 1
begin atomic
  select
    (p_seat).attempt_id,
    (p_seat).generation_id,
    (p_seat).attempt_no,
    (p_seat).id,
    (p_seat).token_id,
    p_account,
    p_state,
    (p_seat).worker,
    (p_seat).model,
    (p_seat).queue_tag,
    (p_seat).queued_at,
    (p_seat).leased_at,
    coalesce((p_seat).submitted_at, case when p_prediction is not null then p_now end),
    p_now as finished_at,
    coalesce(p_prediction ->> 'id', (p_seat).prediction_id),
    coalesce(p_prediction ->> 'status', (p_seat).prediction_status),
    coalesce(basepool._predict_seconds(p_prediction), (p_seat).predict_seconds),
    (p_seat).http_status,
    (p_seat).error,
    (p_seat).error_rule,
    (p_seat).decision,
    (p_seat).found_by_search,
    pg_current_xact_id();
end;

revoke all on function basepool._as_history(basepool.seats, bigint, text, jsonb, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._as_history(basepool.seats, bigint, text, jsonb, timestamptz) is
'The attempt in p_seat as the row of basepool.attempts that it becomes. Inlined.';
