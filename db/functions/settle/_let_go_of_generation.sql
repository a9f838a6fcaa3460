-- Whoever cancels or deletes a generation, basepool, the app or a cascade from its user, what runs for it at Replicate ends there;
-- so it does when the app fails one. Should it be done before it can be cancelled, it is delivered late.
-- The generation is locked already, so its seat, which comes before it, is not waited for.
create or replace function basepool._let_go_of_generation()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform from basepool.seats as s where s.generation_id = old.id for no key update skip locked;
  if found then
    perform basepool._cancel_attempts(old.id, case
      when tg_op = 'DELETE' then 'its generation was deleted'
      when new.status = 'failed' then 'the app has failed its generation'
      else 'cancelled'
    end);
  else
    -- somebody is at it: claim_cancellations ends it
    perform basepool._open_cancellation(basepool._find_attempt(s.attempt_id), s.user_id, p_is_held => true)
    from basepool.seats as s
    where s.generation_id = old.id;
  end if;
  return null;
end
$$;

revoke all on function basepool._let_go_of_generation() from public, anon, authenticated, service_role;

comment on function basepool._let_go_of_generation() is
'Trigger, after an active generation was cancelled, deleted or failed by the app: has its prediction cancelled at
Replicate. Definer: the app has no rights on seats.';
