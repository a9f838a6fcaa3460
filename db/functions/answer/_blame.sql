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
declare
  v_now timestamptz := basepool.now();
begin
  if p_rule.concerns = 'request' then
    return;
  end if;

  update public.replicate_tokens as t
  set
    error_count = coalesce(t.error_count, 0) + 1,
    last_error = p_error,
    last_error_at = v_now
  where t.id = p_attempt.token_id;

  if p_rule.concerns = 'token' and p_rule.cool_down is not null then
    update public.replicate_tokens as t
    set
      is_active = false,
      suspended_at = v_now,
      suspended_reason = p_error,
      failure_streak = t.failure_streak + 1,
      suspended_until = greatest(
        t.suspended_until,
        v_now + least(p_rule.cool_down * power(2, least(t.failure_streak, 10)), interval '1 hour')
        * (1 + 0.1 * random())
      )
    where
      t.id = p_attempt.token_id
      -- not one that an operator has disabled, and not twice for calls that were under way together
      and (t.is_active or t.suspended_until is not null)
      and (t.suspended_at is null or t.suspended_at < p_attempt.leased_at);
  elsif p_rule.concerns = 'account' and p_rule.cool_down is not null then
    update basepool.accounts as a
    set
      failure_streak = case
        when a.cooled_at is null or a.cooled_at < p_attempt.leased_at then a.failure_streak + 1 else a.failure_streak
      end,
      cooldown_until = greatest(
        a.cooldown_until,
        v_now + coalesce(
          p_wait,
          least(p_rule.cool_down * power(2, least(a.failure_streak, 10)), interval '1 hour') * (1 + 0.1 * random())
        )
      ),
      cooled_at = v_now,
      cooldown_reason = p_error,
      credit = coalesce(p_rule.credit, a.credit),
      throttled_per_minute = coalesce(
        substring(p_error from 'reduced to (\d{1,6}) requests per minute')::integer, a.throttled_per_minute
      ),
      throttled_until = case
        when p_error ~ 'reduced to \d{1,6} requests per minute' then v_now + interval '10 minutes' else a.throttled_until
      end
    where a.id = p_attempt.account_id;
  end if;
end
$$;

revoke all on function basepool._blame(basepool.attempts, basepool.error_rules, text, interval)
from public, anon, authenticated, service_role;

comment on function basepool._blame(basepool.attempts, basepool.error_rules, text, interval) is
'Counts the error at the token that was used and, as the rule says, suspends the token or cools down its account. p_wait: how
long the answer said to wait; it wins over the rule.';
