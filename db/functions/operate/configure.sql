-- Settings are typed columns; this only finds the column and says what is wrong in words.
create or replace function basepool.configure(p_changes jsonb default '{}')
returns table (name text, value text, was text, default_value text, unit text, allowed text, means text)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_row basepool.settings;
  v_before jsonb;
  v_after jsonb;
  v_former_hook text;
  v_hook record;
  v_name text;
  v_new jsonb;
  v_column text;
  v_constraint text;
  v_problem text;
begin
  if jsonb_typeof(p_changes) is distinct from 'object' then
    raise exception using
      errcode = 'TP009',
      message = 'the changes are no JSON object',
      hint = 'Pass {"setting": value}, for example {"stuck_after": "20 minutes"}; {} only shows them.';
  end if;
  v_name := (
    select k.key from jsonb_object_keys(p_changes) as k (key)
    where not exists (select from basepool.list_settings() as l where l.name = k.key)
    limit 1
  );
  if v_name is not null then
    raise exception using
      errcode = 'TP009',
      message = format('there is no setting %s', basepool._quote(v_name)),
      hint = (select 'The settings are ' || string_agg(l.name, ', ') || '.' from basepool.list_settings() as l);
  elsif p_changes = '{}' then
    return query
      select l.name, l.value, null::text, l.default_value, l.unit, l.allowed, l.means from basepool.list_settings() as l;
    return;
  end if;

  lock table basepool.settings in share row exclusive mode;
  v_before := (select jsonb_object_agg(l.name, l.value) from basepool.list_settings() as l);
  select s.* into v_row from basepool.settings as s;
  v_former_hook := v_row.settled_hook;
  begin
    for v_name, v_new in select c.key, c.value from jsonb_each(p_changes) as c loop
      v_row := jsonb_populate_record(v_row, jsonb_build_object(v_name, v_new));
    end loop;
    v_name := null;
    delete from basepool.settings as s;
    insert into basepool.settings select v_row.*;
  exception when check_violation or not_null_violation or data_exception then
    get stacked diagnostics v_column = column_name, v_constraint = constraint_name;
    v_name := coalesce(v_name, nullif(v_column, ''), (
      select a.attname::text from pg_catalog.pg_constraint as c
      inner join pg_catalog.pg_attribute as a on a.attrelid = c.conrelid and a.attnum = any(c.conkey)
      where c.conrelid = 'basepool.settings'::regclass and c.conname = v_constraint and p_changes ? a.attname
      limit 1
    ));
    raise exception using
      errcode = 'TP009',
      message = case
        when v_name is null then basepool._printable(sqlerrm)
        -- it may be a secret that was mistyped
        when v_name like '%\_url' then v_name || ' can''t be that'
        else format('%s can''t be %s', v_name, basepool._quote(p_changes ->> v_name))
      end,
      hint = coalesce(
        'It is ' || basepool._allowed_values(v_name) || '.', 'See the comments on the columns of basepool.settings.'
      );
  end;
  if v_row.settled_hook <> coalesce(v_former_hook, '') then
    v_hook := basepool._check_hook(v_row.settled_hook);
    if v_hook.problem is not null then
      raise exception using errcode = 'TP009', message = 'settled_hook: ' || v_hook.problem, hint = v_hook.remedy;
    end if;
  end if;

  v_after := (select jsonb_object_agg(l.name, l.value) from basepool.list_settings() as l where p_changes ? l.name);
  perform basepool._audit(
    'settings set', (select string_agg(c.key, ', ' order by c.key) from jsonb_each(v_after) as c), (
      select jsonb_object_agg(c.key, jsonb_build_object(
        'was', basepool._show_setting(v_before ->> c.key), 'is', basepool._show_setting(c.value #>> '{}')
      )) from jsonb_each(v_after) as c
    )
  );
  perform basepool._watch_budgets();
  if p_changes ? 'realtime' then
    v_problem := basepool._sync_listen_policy();
    if v_problem is not null then
      raise warning 'the policy on realtime.messages: %', v_problem;
    end if;
  end if;
  perform pg_catalog.pg_notify('basepool_queue', '');
  -- last, because it has the table for itself until the end
  if p_changes ? 'enforce_user_rights' then
    perform basepool._sync_user_rights();
  end if;
  return query
    select l.name, l.value, v_before ->> l.name, l.default_value, l.unit, l.allowed, l.means
    from basepool.list_settings() as l
    where p_changes ? l.name;
end
$$;

revoke all on function basepool.configure(jsonb) from public, anon, authenticated, service_role;

comment on function basepool.configure(jsonb) is
'Changes settings and returns those, with what each was before; {} changes nothing and returns all. p_changes: {"setting": value},
for example {"stuck_after": "20 minutes"}. Columns as basepool.list_settings has them. Raises TP009 (no such setting, or a value
that it can''t have) and
TP040 (enforce_user_rights while somebody holds the tables). For the owner.';
