-- A person who has paid, or has asked Replicate, does not wait for the next probe. What the probe finds counts as ever: a
-- lease tries the token, or it is suspended for longer.
create or replace function basepool._probe_token(p_token_id integer)
returns text
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  -- claim_probes asks so long before it is due
  v_due constant timestamptz := v_now + interval '15 seconds';
  v_token public.replicate_tokens;
  v_was jsonb;
  v_told text;
begin
  select t.* into v_token from public.replicate_tokens as t where t.id = p_token_id for no key update;
  if not found then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', coalesce(p_token_id::text, 'null')),
      hint = 'See basepool tokens list for the ids.';
  end if;
  v_was := basepool._token_facts(p_token_id);
  if v_token.suspended_until is not null then
    update public.replicate_tokens as t
    set suspended_until = least(t.suspended_until, v_due), probed_at = null
    where t.id = p_token_id;
  elsif v_token.is_active and exists (
    select from basepool.accounts as a where a.id = v_token.account_id and a.credit = 'none' and a.cooldown_until > v_now
  ) then
    -- one of its tokens is asked with, whichever; who is locked by others is left, since tokens have no order among them
    update public.replicate_tokens as t
    set probed_at = null
    where t.id in (
      select o.id from public.replicate_tokens as o
      where o.account_id = v_token.account_id and o.probed_at is not null
      for no key update skip locked
    );
    update basepool.accounts as a
    set cooldown_until = least(a.cooldown_until, v_due)
    where a.id = v_token.account_id and a.credit = 'none' and a.cooldown_until > v_now;
  else
    v_told := (
      select 'there is nothing to ask: it is ' || c.state from basepool._token_capacity(v_now) as c where c.token_id = p_token_id
    );
  end if;
  perform basepool._audit('tokens probe', p_token_id::text, basepool._changes(v_was, basepool._token_facts(p_token_id)));
  return coalesce(v_told, 'Replicate is asked: ' || (select g.says from basepool._ask_glue('probe') as g));
end
$$;

revoke all on function basepool._probe_token(integer) from public, anon, authenticated, service_role;

comment on function basepool._probe_token(integer) is
'Has Replicate asked about a suspended token, or about the credit of its account, now instead of when it is due, and wakes
whoever does that. Returns what follows, in words. Leaves a row in the audit. Raises TP005.';
