-- Switches a token on, whoever switched it off.
create or replace function basepool.enable_token(p_token_id integer)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_was_active boolean;
begin
  select coalesce(t.is_active, false) into v_was_active
  from public.replicate_tokens as t where t.id = p_token_id for update;
  if not found then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', coalesce(p_token_id::text, 'null')),
      hint = 'See basepool tokens list for the ids.';
  end if;
  update public.replicate_tokens as t set is_active = true, failure_streak = 0 where t.id = p_token_id;
  perform pg_catalog.pg_notify('basepool_queue', '');
  perform basepool._audit('tokens enable', p_token_id::text);
  return case when v_was_active then 'is enabled already' else 'enabled' end;
end
$$;

revoke all on function basepool.enable_token(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.enable_token(integer) to basepool_glue;

comment on function basepool.enable_token(integer) is
'Enables a token, ending a suspension too. Returns what happened, in words. Raises TP005.';
