-- What is said about a generation is said one at a time. Lock order everywhere: generation, attempt, queue, token, account.
create or replace function basepool._lock_attempt(p_attempt uuid)
returns basepool.attempts
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_attempt basepool.attempts;
begin
  perform from public.generations as g
  where g.id = (select a.generation_id from basepool.attempts as a where a.id = p_attempt)
  for no key update;
  select a.* into v_attempt from basepool.attempts as a where a.id = p_attempt for update;
  if not found then
    raise exception using
      errcode = 'TP001',
      message = format('there is no attempt %s', coalesce(p_attempt::text, 'null')),
      hint = 'It may be of another database, or older than settings.keep_attempts_for.';
  end if;
  return v_attempt;
end
$$;

revoke all on function basepool._lock_attempt(uuid) from public, anon, authenticated, service_role;

comment on function basepool._lock_attempt(uuid) is
'Locks an attempt and its generation and returns the attempt. Raises TP001 where there is none.';
