-- _end_attempts for one.
create or replace function basepool._end_attempt(
  p_seat integer,
  p_state text,
  p_prediction jsonb default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
begin
  insert into basepool.attempts
  select e.*
  from basepool.seats as s
  inner join public.replicate_tokens as t on t.id = s.token_id
  cross join lateral basepool._as_history(s, t.account_id, p_state, p_prediction, v_now) as e
  where s.id = p_seat;
  update basepool.seats as s
  set
    attempt_id = null, generation_id = null
    , turn = basepool._next_turn(s.token_id, 1000000 / t.weight, (select max(l.turn) from basepool.limiters as l))
  from public.replicate_tokens as t
  where s.id = p_seat and t.id = s.token_id;
  perform basepool._wake_workers();
end
$$;

revoke all on function basepool._end_attempt(integer, text, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._end_attempt(integer, text, jsonb) is
'Ends the attempt in p_seat, which the caller has locked, as p_state, with what Replicate said about it, and frees the
seat.';
