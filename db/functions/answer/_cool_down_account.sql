-- What a 429 does, and a 402: the account rests, whichever of its tokens asked, because the limit and the credit are the
-- account's.
create or replace function basepool._cool_down_account(
  p_account_id bigint,
  p_rule basepool.error_rules,
  p_reason text,
  p_wait interval,
  p_leased_at timestamptz
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_captured constant text[] := case p_rule.captures when 'per_minute' then regexp_match(p_reason, p_rule.pattern, 'i') end;
  v_per_minute constant integer := nullif(v_captured[1]::integer, 0);
  v_is_new boolean;
begin
  -- calls that were under way together are one incident
  select a.cooled_at is null or a.cooled_at < p_leased_at into v_is_new
  from basepool.accounts as a where a.id = p_account_id for no key update;
  update basepool.accounts as a
  set
    failure_streak = a.failure_streak + v_is_new::integer,
    cooldown_until = greatest(a.cooldown_until, v_now + coalesce(
      p_wait, basepool._back_off(p_rule.cool_down, a.failure_streak - (not v_is_new)::integer)
    )),
    cooled_at = case when v_is_new then v_now else a.cooled_at end,
    -- who was to find out has found out
    probing_until = case when not v_is_new then a.probing_until end,
    cooldown_reason = p_reason,
    credit = coalesce(p_rule.credit, a.credit),
    throttled_per_minute = coalesce(v_per_minute, a.throttled_per_minute),
    throttled_burst = case
      when v_per_minute is null then a.throttled_burst
      else coalesce(nullif(v_captured[2]::integer, 0), greatest(1, v_per_minute / 10))
    end,
    throttled_until = case when v_per_minute is not null then v_now + interval '10 minutes' else a.throttled_until end
  where a.id = p_account_id;
end
$$;

revoke all on function basepool._cool_down_account(bigint, basepool.error_rules, text, interval, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._cool_down_account(bigint, basepool.error_rules, text, interval, timestamptz) is
'Lets no more creates of an account through for a while. p_rule: whose cool_down and credit count, and what its pattern
captures; p_reason: what Replicate said; p_wait: how long it said to wait, which wins over the rule; p_leased_at: when the
refused call was leased: what was leased before the cooldown began belongs to the same incident.';
