-- A prediction belongs to one attempt, in flight or over.
create or replace function basepool._is_known_prediction(p_prediction_id text)
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (select from basepool.attempts as a where a.prediction_id = p_prediction_id)
    or exists (select from basepool.seats as s where s.prediction_id = p_prediction_id and s.attempt_id is not null)
$$;

revoke all on function basepool._is_known_prediction(text) from public, anon, authenticated, service_role;

comment on function basepool._is_known_prediction(text) is
'Whether an attempt has this prediction. Reads all seats: not for what happens with every prediction.';
