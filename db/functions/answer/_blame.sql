-- Holds a token or an account responsible, and nobody else: what a user sent never costs a token anything.
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
  if p_rule.concerns in ('request', 'nobody') then
    return;
  end if;

  update public.replicate_tokens as t
  set error_count = coalesce(t.error_count, 0) + 1, last_error = p_error, last_error_at = basepool.now()
  where t.id = p_attempt.token_id;

  if p_rule.cool_down is null then
    return;
  elsif p_rule.concerns = 'token' then
    perform basepool._suspend_token(p_attempt.token_id, p_rule, p_error, p_attempt.leased_at);
  elsif p_rule.concerns = 'account' then
    perform basepool._cool_down_account(p_attempt.account_id, p_rule, p_error, p_wait, p_attempt.leased_at);
  end if;
end
$$;

revoke all on function basepool._blame(basepool.attempts, basepool.error_rules, text, interval)
from public, anon, authenticated, service_role;

comment on function basepool._blame(basepool.attempts, basepool.error_rules, text, interval) is
'Counts the error at the token that was used and, as the rule says, suspends the token or cools down its account. p_wait: how
long the answer said to wait; it wins over the rule.';
