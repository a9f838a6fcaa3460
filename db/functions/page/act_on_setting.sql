-- Two who look at the same page must not undo each other's change: who changes a setting says what he has seen.
create or replace function basepool.act_on_setting(p_actor text, p_name text, p_value jsonb, p_expected jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_is text;
  v_changed record;
begin
  perform basepool._act_as(p_actor);
  if jsonb_typeof(p_value) in ('object', 'array') or jsonb_typeof(p_expected) in ('object', 'array') then
    raise exception using
      errcode = 'TP009',
      message = format('%s can''t be %s', basepool._quote(p_name), basepool._quote(coalesce(p_value, p_expected)::text)),
      hint = 'A setting is a text, a number, or true or false; null stands for its default.';
  end if;
  -- the lock that whoever changes one has
  lock table basepool.settings in share row exclusive mode;
  select l.value into v_is from basepool.list_settings() as l where l.name = p_name;
  if found and v_is is distinct from p_expected #>> '{}' and basepool._show_setting(v_is) is distinct from p_expected #>> '{}' then
    raise exception using
      errcode = 'PT409',
      message = format('%s is %s by now', p_name, coalesce(basepool._quote(basepool._show_setting(v_is)), 'null')),
      hint = 'Somebody has changed it since you looked. Look again.';
  end if;
  select c.* into v_changed from basepool.change_setting(coalesce(p_name, ''), p_value #>> '{}') as c;
  perform basepool._act_as(null);
  return jsonb_build_object(
    'name', v_changed.name, 'was', basepool._show_setting(v_changed.was), 'value', basepool._show_setting(v_changed.value)
  );
end
$$;

revoke all on function basepool.act_on_setting(text, text, jsonb, jsonb) from public, anon, authenticated, service_role;
grant execute on function basepool.act_on_setting(text, text, jsonb, jsonb) to basepool_operator, basepool_glue;

comment on function basepool.act_on_setting(text, text, jsonb, jsonb) is
'Changes one setting, as change_setting does. p_actor: the operator who acts, null: whoever is logged in; p_value: the new one
(text, number, true or false), null for the default; p_expected: what it was when he looked, as page_settings or list_settings
shows it. Returns {name, was, value}. Leaves one row in the audit. Raises PT409 (it is something else by now), TP009, TP019 and
TP040.';
