-- A token whose secret can't be had rests like one that Replicate refuses, and comes back by itself once it can.
create or replace function basepool._suspend_unusable(p_token_id integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_stored text;
  v_reason text;
  v_rule basepool.error_rules;
begin
  -- whoever changes it at this moment knows more, and is not waited for: the caller may hold a limiter
  select t.token into v_stored
  from public.replicate_tokens as t
  where t.id = p_token_id and (t.suspended_until is null or t.suspended_until <= basepool.now() + interval '15 seconds')
  for no key update skip locked;
  v_reason := 'unusable: ' || basepool._explain_secret(v_stored);
  if v_reason is null then
    return;
  end if;
  v_rule := basepool._classify_error('transport', null, v_reason);
  v_rule.cool_down := coalesce(v_rule.cool_down, interval '5 minutes');
  update public.replicate_tokens as t
  set error_count = coalesce(t.error_count, 0) + 1, last_error = v_reason, last_error_at = basepool.now()
  where t.id = p_token_id;
  perform basepool._suspend_token(p_token_id, v_rule, v_reason);
end
$$;

revoke all on function basepool._suspend_unusable(integer) from public, anon, authenticated, service_role;

comment on function basepool._suspend_unusable(integer) is
'Suspends a token whose secret can''t be used, as the rule token-unusable says, with the reason. Waits for nothing: does nothing
where the token is locked, suspended for longer, or can be used after all.';
