-- What the page does to a token is what the command line does, for an operator who is named.
create or replace function basepool.act_on_token(
  p_actor text,
  p_token_id integer,
  p_action text,
  p_value integer default null
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_says text;
begin
  perform basepool._act_as(p_actor);
  if p_action is null or p_action not in ('enable', 'disable', 'limit', 'probe') then
    raise exception using
      errcode = 'PT400',
      message = format('a token can''t be acted on by %s', basepool._quote(p_action)),
      hint = 'Pass enable, disable, limit or probe.';
  elsif (p_action = 'limit') <> (p_value is not null) then
    raise exception using
      errcode = 'PT400',
      message = case
        when p_value is null then 'the limit is missing' else format('%s takes no value', p_action)
      end,
      hint = 'p_value is how many predictions the token may have in flight, for limit only.';
  end if;
  v_says := case p_action
    when 'enable' then basepool.enable_token(p_token_id)
    when 'disable' then basepool.disable_token(p_token_id)
    when 'limit' then (
      select format('%s in flight at once', l.max_in_flight) from basepool.limit_token(p_token_id, p_max_in_flight => p_value) as l
    )
    else basepool._probe_token(p_token_id)
  end;
  perform basepool._act_as(null);
  return jsonb_build_object(
    'token_id', p_token_id, 'action', p_action, 'says', v_says, 'token', basepool._token_facts(p_token_id)
  );
end
$$;

revoke all on function basepool.act_on_token(text, integer, text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.act_on_token(text, integer, text, integer) to basepool_operator, basepool_glue;

comment on function basepool.act_on_token(text, integer, text, integer) is
'Acts on a token. p_actor: the operator who acts, null: whoever is logged in; p_action: enable, disable, limit (p_value:
predictions in flight at once) or probe (have Replicate asked about a suspended one now). Returns {token_id, action, says (what
happened), token (what it is now)}. Leaves one row in the audit, with what it was and is. Raises PT400, TP005.';
