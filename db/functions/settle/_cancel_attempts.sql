-- The seat is free at once; that the prediction ends at Replicate too is the glue's to carry out, and it is asked until done.
create or replace function basepool._cancel_attempts(p_generation uuid, p_reason text)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_seat basepool.seats;
begin
  update basepool.seats as s set decision = p_reason where s.generation_id = p_generation returning s.* into v_seat;
  if not found then
    return 0;
  end if;
  perform basepool._end_attempt(v_seat.id, 'canceled');
  perform basepool._open_cancellation(basepool._find_attempt(v_seat.attempt_id), v_seat.user_id);
  -- what has no name yet can't be cancelled; it is looked for until it is found or known not to exist
  if v_seat.state = 'submitting' then
    perform basepool._lose_attempt(v_seat.attempt_id, false, v_seat.answer_due_at);
  end if;
  return 1;
end
$$;

revoke all on function basepool._cancel_attempts(uuid, text) from public, anon, authenticated, service_role;

comment on function basepool._cancel_attempts(uuid, text) is
'Ends the attempt in flight of a generation, whose seat the caller has locked, and has its prediction cancelled at Replicate.
p_reason: kept as the attempt''s decision. Returns how many there were (0 or 1).';
