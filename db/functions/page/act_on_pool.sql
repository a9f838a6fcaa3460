-- What the page pauses and resumes is what the command line does, for an operator who is named.
create or replace function basepool.act_on_pool(
  p_actor text,
  p_action text,
  p_kind text,
  p_name text default null,
  p_reason text default null
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_name constant text := nullif(btrim(p_name), '');
  v_says text;
begin
  perform basepool._act_as(p_actor);
  if p_action is null or p_action not in ('pause', 'resume') then
    raise exception using
      errcode = 'PT400',
      message = format('the pool can''t be acted on by %s', basepool._quote(p_action)),
      hint = 'Pass pause or resume.';
  end if;
  v_says := case p_action
    when 'pause' then basepool.pause(p_kind, v_name, null, p_reason, p_actor)
    else basepool.resume(p_kind, v_name)
  end;
  perform basepool._act_as(null);
  return jsonb_build_object('action', p_action, 'kind', p_kind, 'name', v_name, 'says', v_says);
end
$$;

revoke all on function basepool.act_on_pool(text, text, text, text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.act_on_pool(text, text, text, text, text) to basepool_operator, basepool_glue;

comment on function basepool.act_on_pool(text, text, text, text, text) is
'Pauses or resumes. p_actor: the operator who acts, null: whoever is logged in; p_action: pause (until it is resumed) or resume;
p_kind, p_name: as in basepool.pause: the pool, a model, an account, a user; p_reason: shown with the pause. Returns {action,
kind, name, says (what happened)}. Leaves one row in the audit, with what it was and is. Raises PT400, PT404.';
