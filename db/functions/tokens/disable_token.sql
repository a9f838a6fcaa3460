-- Disabling drains: no new lease, and what is in flight ends as it would have.
create or replace function basepool.disable_token(p_token_id integer)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_in_flight integer;
  v_was jsonb;
begin
  perform from public.replicate_tokens as t where t.id = p_token_id for no key update;
  v_was := basepool._token_facts(p_token_id);
  update public.replicate_tokens as t
  set is_active = false, suspended_at = null, suspended_until = null, suspended_reason = null
  where t.id = p_token_id;
  if not found then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', coalesce(p_token_id::text, 'null')),
      hint = 'See basepool tokens list for the ids.';
  end if;
  perform basepool._audit(
    'tokens disable', p_token_id::text, basepool._changes(v_was, basepool._token_facts(p_token_id))
  );
  select count(*) into v_in_flight from basepool.seats as s where s.token_id = p_token_id and s.attempt_id is not null;
  return case when v_in_flight = 0 then 'disabled' else format('disabled, %s still in flight', v_in_flight) end;
end
$$;

revoke all on function basepool.disable_token(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.disable_token(integer) to basepool_glue;

comment on function basepool.disable_token(integer) is
'Takes a token out of the round; what it has in flight goes on. Returns what happened, in words. Raises TP005.';
