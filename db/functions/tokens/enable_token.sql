-- Switches a token on, whoever switched it off: a person who has paid, or knows better, is not kept waiting by a cooldown.
create or replace function basepool.enable_token(p_token_id integer)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_was_active boolean;
  v_account bigint;
  v_was_cooling boolean;
  v_was jsonb;
begin
  select coalesce(t.is_active, false), t.account_id into v_was_active, v_account
  from public.replicate_tokens as t where t.id = p_token_id for update;
  if not found then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', coalesce(p_token_id::text, 'null')),
      hint = 'See basepool tokens list for the ids.';
  end if;
  v_was := basepool._token_facts(p_token_id);
  update public.replicate_tokens as t set is_active = true, failure_streak = 0 where t.id = p_token_id;
  v_was_cooling := basepool._end_cooldown(v_account);
  perform pg_catalog.pg_notify('basepool_queue', '');
  perform basepool._audit(
    'tokens enable', p_token_id::text, basepool._changes(v_was, basepool._token_facts(p_token_id))
  );
  return case
    when v_was_active and v_was_cooling then 'was enabled, and the cooldown of its account is over'
    when v_was_active then 'is enabled already'
    when v_was_cooling then 'enabled, and the cooldown of its account is over'
    else 'enabled'
  end || coalesce(
    -- that is another person's word
    (
      select '; its account is ' || basepool._describe_pause(a.paused_at, a.paused_until, a.pause_reason, a.paused_by)
      from basepool.accounts as a where a.id = v_account and a.paused_until > basepool.now()
    ), ''
  );
end
$$;

revoke all on function basepool.enable_token(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.enable_token(integer) to basepool_glue;

comment on function basepool.enable_token(integer) is
'Enables a token, ending a suspension too, and the cooldown of its account, with what Replicate had announced with it. Returns what
happened, in words. Raises TP005.';
