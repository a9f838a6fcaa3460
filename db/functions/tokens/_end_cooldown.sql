-- A person says that the account works again. What Replicate had said before counts no more: if it still is so, it says it again.
create or replace function basepool._end_cooldown(p_account bigint)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  update basepool.accounts as a
  set
    cooled_at = null, cooldown_until = null, cooldown_reason = null, probing_until = null, failure_streak = 0, credit = 'ok'
    , throttled_per_minute = null, throttled_burst = null, throttled_until = null
  where a.id = p_account and (a.cooldown_until is not null or a.throttled_until is not null or a.credit <> 'ok');
  if not found then
    return false;
  end if;
  perform basepool._rejoin_round(p_account);
  return true;
end
$$;

revoke all on function basepool._end_cooldown(bigint) from public, anon, authenticated, service_role;

comment on function basepool._end_cooldown(bigint) is
'Ends the cooldown of an account, and what Replicate announced of its credit and its limit per minute. Returns whether there was any
of it.';
