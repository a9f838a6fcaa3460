-- A token that Replicate refuses leaves the round; it comes back by itself, through a probe.
create or replace function basepool._suspend_token(
  p_token_id integer,
  p_rule basepool.error_rules,
  p_reason text,
  p_leased_at timestamptz default null
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
begin
  update public.replicate_tokens as t
  set
    is_active = false,
    suspended_at = v_now,
    suspended_reason = p_reason,
    suspended_until = greatest(t.suspended_until, v_now + basepool._back_off(p_rule.cool_down, t.failure_streak)),
    failure_streak = t.failure_streak + 1
  where
    t.id = p_token_id
    -- not one that an operator has disabled, and not twice for calls that were under way together
    and (t.is_active or t.suspended_until is not null)
    and (p_leased_at is null or t.suspended_at is null or t.suspended_at < p_leased_at);
end
$$;

revoke all on function basepool._suspend_token(integer, basepool.error_rules, text, timestamptz)
from public, anon, authenticated, service_role;

comment on function basepool._suspend_token(integer, basepool.error_rules, text, timestamptz) is
'Suspends a token for p_rule.cool_down, longer with each time in a row. p_reason: what Replicate said; p_leased_at: when the
call was leased that was refused, so that one suspension answers all calls under way; null for a probe.';
