-- What is over becomes history, and its seat takes its next turn. The one way out of a seat, for many and, as _end_attempt, for
-- one.
create or replace function basepool._end_attempts(p_attempts uuid [], p_state text, p_predictions jsonb [])
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
    select s as seat, e.prediction, t.account_id, 1000000 / t.weight as stride
    from unnest(p_attempts, p_predictions) as e (attempt_id, prediction)
    inner join basepool.seats as s on s.id = basepool._seat_of(e.attempt_id) and s.attempt_id = e.attempt_id
    inner join public.replicate_tokens as t on t.id = s.token_id
  ),

  freed as (
    update basepool.seats as s
    set attempt_id = null, generation_id = null, turn = basepool._next_turn(s.token_id, l.stride, v_current)
    from lease as l
    where s.id = (l.seat).id
  )

  insert into basepool.attempts
  select e.*
  from lease as l
  cross join lateral basepool._as_history(l.seat, l.account_id, p_state, l.prediction, v_now) as e;
  perform basepool._wake_workers();
end
$$;

revoke all on function basepool._end_attempts(uuid[], text, jsonb[]) from public, anon, authenticated, service_role;

comment on function basepool._end_attempts(uuid[], text, jsonb[]) is
'Ends attempts in flight, whose seats the caller has locked, as p_state, each with what Replicate said about it, and frees
their seats.';
