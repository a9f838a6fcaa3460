-- What may still run at Replicate though nobody waits for it costs: it is to be cancelled there, and counts until that is
-- confirmed.
create or replace function basepool._open_cancellation(
  p_attempt basepool.attempts,
  p_user uuid,
  p_is_held boolean default false
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
begin
  insert into basepool.cancellations as c
    (id, generation_id, user_id, account_id, model, prediction_id, requested_at, again_at, over_at, is_held)
  values (
    p_attempt.id, p_attempt.generation_id, p_user, p_attempt.account_id, p_attempt.model, p_attempt.prediction_id, v_now, v_now
    , basepool._latest_end(p_attempt.leased_at, p_attempt.submitted_at), p_is_held
  )
  on conflict (id) do update
  set prediction_id = coalesce(excluded.prediction_id, c.prediction_id), is_held = excluded.is_held;
  -- what a claim had in hand has its name now
  delete from basepool.cancellations as c where c.id = p_attempt.generation_id;
end
$$;

revoke all on function basepool._open_cancellation(basepool.attempts, uuid, boolean) from public, anon, authenticated, service_role;

comment on function basepool._open_cancellation(basepool.attempts, uuid, boolean) is
'Has the prediction of an attempt cancelled at Replicate, and counts it against the limit of p_user until its end is confirmed.
p_is_held: the attempt has yet to be ended here, because somebody was at it.';
