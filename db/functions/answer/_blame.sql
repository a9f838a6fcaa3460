-- Holds a token or an account responsible, and nobody else: neither what a user sent nor Replicate's own trouble costs a token
-- anything.
create or replace function basepool._blame(
  p_attempt basepool.attempts,
  p_rule basepool.error_rules,
  p_error text,
  p_wait interval
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_rule.concerns in ('token', 'account') then
    update public.replicate_tokens as t
    set error_count = coalesce(t.error_count, 0) + 1, last_error = p_error, last_error_at = basepool.now()
    where t.id = p_attempt.token_id;
  end if;

  if p_rule.concerns = 'token' and p_rule.cool_down is not null then
    perform basepool._suspend_token(p_attempt.token_id, p_rule, p_error, p_attempt.leased_at);
  elsif p_rule.concerns = 'account' and p_rule.cool_down is not null then
    perform basepool._cool_down_account(p_attempt.account_id, p_rule, p_error, p_wait, p_attempt.leased_at);
  end if;
  if p_rule.breaker is not null then
    perform basepool._trip_breaker(p_attempt, p_rule, p_error);
  end if;
  if p_rule.concerns <> 'account' and p_rule.action <> 'find_out' then
    -- if it was to try the account, it has not: another one may
    update basepool.accounts as a
    set probing_until = null
    where a.id = p_attempt.account_id and a.probing_until is not null and a.cooled_at < p_attempt.leased_at;
  end if;
end
$$;

revoke all on function basepool._blame(basepool.attempts, basepool.error_rules, text, interval)
from public, anon, authenticated, service_role;

comment on function basepool._blame(basepool.attempts, basepool.error_rules, text, interval) is
'Counts an error that concerns the token or its account at the token that was used and, as the rule says, suspends the token or
cools down its account, or counts it for its breaker. p_wait: how long the answer said to wait; it wins over the rule.';
