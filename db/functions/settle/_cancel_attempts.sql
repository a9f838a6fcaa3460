-- The slot is free at once; that the prediction ends at Replicate too is the glue's to carry out, and it is asked until done.
create or replace function basepool._cancel_attempts(p_generation uuid, p_reason text)
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_attempt basepool.attempts;
begin
  select a.* into v_attempt
  from basepool.attempts as a
  where a.generation_id = p_generation and a.slot_no is not null
  for update;
  if not found then
    return 0;
  end if;
  update basepool.attempts as a
  set state = 'canceled', slot_no = null, finished_at = v_now, cancel_requested_at = v_now, decision = p_reason
  where a.id = v_attempt.id;
  -- what has no name yet can't be cancelled; it is looked for until it is found or known not to exist
  if v_attempt.state = 'submitting' then
    perform basepool._lose_attempt(v_attempt.id, false, v_attempt.answer_due_at);
  end if;
  if exists (select from basepool.queue) then
    perform pg_catalog.pg_notify('basepool_queue', '');
  end if;
  return 1;
end
$$;

revoke all on function basepool._cancel_attempts(uuid, text) from public, anon, authenticated, service_role;

comment on function basepool._cancel_attempts(uuid, text) is
'Ends the attempt in flight of a generation and has its prediction cancelled at Replicate. p_reason: kept as the attempt''s
decision. Returns how many there were (0 or 1).';
