-- Replicate accepted a create: whatever was held against the token and its account before that lease is over.
create or replace function basepool._absolve(p_attempt basepool.attempts)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  update public.replicate_tokens as t
  set is_active = true, suspended_at = null, suspended_until = null, suspended_reason = null, failure_streak = 0
  where t.id = p_attempt.token_id and t.suspended_at < p_attempt.leased_at;

  if exists (
    select from basepool.accounts as a where a.id = p_attempt.account_id and a.cooled_at < p_attempt.leased_at
  ) then
    update public.replicate_tokens as t
    set turn = greatest(t.turn, basepool._next_turn())
    from (
      select o.id from public.replicate_tokens as o where o.account_id = p_attempt.account_id order by o.id for update
    ) as own
    where t.id = own.id;
  end if;

  update basepool.accounts as a
  set
    cooled_at = null, cooldown_until = null, cooldown_reason = null, failure_streak = 0,
    credit = case when a.throttled_until > basepool.now() then a.credit else 'ok' end
  where a.id = p_attempt.account_id and a.cooled_at < p_attempt.leased_at;
end
$$;

revoke all on function basepool._absolve(basepool.attempts) from public, anon, authenticated, service_role;

comment on function basepool._absolve(basepool.attempts) is
'Ends the suspension of the attempt''s token and the cooldown of its account, if they began before this lease: it was the
probe.';
