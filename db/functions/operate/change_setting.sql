-- The on-call's way to a setting, which has the glue's login as a rule. It says what was there before, so that it can be undone.
create or replace function basepool.change_setting(p_name text, p_value text default null)
returns table (name text, was text, value text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_new text := p_value;
begin
  -- what is named there is called, or read from Vault, with the rights of our owner: whoever has the glue's login shall not choose it
  if p_name in ('settled_hook', 'alert_url', 'heartbeat_url') and not pg_has_role(session_user, current_user, 'member') then
    raise exception using
      errcode = 'TP019',
      message = format('%s can be set by the owner only', p_name),
      hint = 'Connect as the role that ran make migrate, or run select * from basepool.configure(...) as it.';
  end if;
  if v_new is null then
    v_new := (select l.default_value from basepool.list_settings() as l where l.name = p_name);
  end if;
  return query
    select c.name, c.was, c.value
    from basepool.configure(jsonb_build_object(coalesce(p_name, ''), v_new)) as c;
end
$$;

revoke all on function basepool.change_setting(text, text) from public, anon, authenticated, service_role;
grant execute on function basepool.change_setting(text, text) to basepool_glue;

comment on function basepool.change_setting(text, text) is
'Changes one setting. p_value: the new one as text (20 minutes, 7, true), null for the default. Returns its name, what it was and
what it is now. Raises TP009 (no such setting, or a value that it can''t have), TP019 (settled_hook, alert_url, heartbeat_url: the owner''s)
and TP040 (enforce_user_rights while somebody holds the tables). For the owner use basepool.configure.';
