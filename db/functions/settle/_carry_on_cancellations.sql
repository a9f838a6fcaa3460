-- Somebody was at the attempt when its generation was cancelled or deleted, and was not waited for. By now he is done.
create or replace function basepool._carry_on_cancellations()
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_held record;
  v_attempt basepool.attempts;
begin
  for v_held in
    select c.id, c.generation_id, c.user_id from basepool.cancellations as c where c.is_held order by c.id
  loop
    -- in the order in which everybody locks
    perform from basepool.seats as s
    where s.id = basepool._seat_of(v_held.id) and s.attempt_id = v_held.id
    for no key update skip locked;
    if found then
      perform basepool._cancel_attempts(v_held.generation_id, 'its generation was over');
      continue;
    end if;
    v_attempt := basepool._find_attempt(v_held.id);
    continue when v_attempt.finished_at is null and v_attempt.id is not null;
    if v_attempt.state = 'canceled' and (
      v_attempt.prediction_status not in ('succeeded', 'failed', 'canceled', 'aborted')
      or exists (select from basepool.lost_attempts as l where l.attempt_id = v_held.id)
    ) then
      update basepool.cancellations as c
      set is_held = false, prediction_id = coalesce(c.prediction_id, v_attempt.prediction_id)
      where c.id = v_held.id;
    else
      delete from basepool.cancellations as c where c.id = v_held.id;
    end if;
  end loop;
end
$$;

revoke all on function basepool._carry_on_cancellations() from public, anon, authenticated, service_role;

comment on function basepool._carry_on_cancellations() is
'Ends the attempts of generations that were cancelled or deleted while somebody was at them, unless they have ended meanwhile.
Part of claim_cancellations.';
