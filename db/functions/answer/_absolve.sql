-- Replicate accepted a create: whatever was held against the token and its account before that lease is over.
create or replace function basepool._absolve(p_attempt basepool.attempts)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
begin
  -- switched on, the token joins the round where it is (trigger sync_seats)
  update public.replicate_tokens as t
  set is_active = true, suspended_at = null, suspended_until = null, suspended_reason = null, failure_streak = 0
  where t.id = p_attempt.token_id and t.suspended_at < p_attempt.leased_at;

  update basepool.accounts as a
  set
    cooled_at = null, cooldown_until = null, cooldown_reason = null, probing_until = null, failure_streak = 0,
    credit = case when a.throttled_until > v_now then a.credit else 'ok' end
  where a.id = p_attempt.account_id and a.cooled_at < p_attempt.leased_at;
  if not found then
    return;
  end if;
  perform basepool._rejoin_round(p_attempt.account_id);
end
$$;

revoke all on function basepool._absolve(basepool.attempts) from public, anon, authenticated, service_role;

comment on function basepool._absolve(basepool.attempts) is
'Ends the suspension of the attempt''s token and the cooldown of its account, if they began before this lease: it was the
probe.';
