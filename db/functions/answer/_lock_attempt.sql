-- What is said about a generation is said one at a time. Lock order everywhere: seat, generation, queue, token, account;
-- whoever has one of the last two waits for nothing more. Limiters are the claims' own affair.
create or replace function basepool._lock_attempt(p_attempt uuid)
returns basepool.attempts
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_attempt basepool.attempts;
begin
  perform from basepool.seats as s
  where s.id = basepool._seat_of(p_attempt) and s.attempt_id = p_attempt
  for no key update;
  if not found then
    perform from basepool.attempts as a where a.id = p_attempt for no key update;
  end if;
  v_attempt := basepool._find_attempt(p_attempt);
  if v_attempt.id is null then
    raise exception using
      errcode = 'TP001',
      message = format('there is no attempt %s', coalesce(p_attempt::text, 'null')),
      hint = 'It may be of another database, or older than settings.keep_attempts_for.';
  end if;
  perform from public.generations as g where g.id = v_attempt.generation_id for no key update;
  return v_attempt;
end
$$;

revoke all on function basepool._lock_attempt(uuid) from public, anon, authenticated, service_role;

comment on function basepool._lock_attempt(uuid) is
'Locks an attempt and its generation and returns the attempt. Raises TP001 where there is none.';
