-- Settings are typed columns; this only finds the column and says what is wrong in words.
create or replace function basepool.configure(p_changes jsonb default '{}')
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_row basepool.settings;
  v_former_hook text;
  v_hook record;
  v_unknown text;
begin
  select k.name into v_unknown
  from jsonb_object_keys(p_changes) as k (name)
  where k.name = 'id' or not exists (
    select from pg_catalog.pg_attribute as a
    where a.attrelid = 'basepool.settings'::regclass and a.attname = k.name and a.attnum > 0 and not a.attisdropped
  )
  limit 1;
  if v_unknown is not null then
    raise exception using
      errcode = 'TP009',
      message = format('there is no setting %s', basepool._quote(v_unknown)),
      hint = (
        select 'The settings are ' || string_agg(a.attname, ', ' order by a.attnum) || '.'
        from pg_catalog.pg_attribute as a
        where a.attrelid = 'basepool.settings'::regclass and a.attnum > 1 and not a.attisdropped
      );
  end if;

  lock table basepool.settings in share row exclusive mode;
  begin
    select r.* into v_row
    from basepool.settings as s
    cross join lateral jsonb_populate_record(s, p_changes) as r;
    v_former_hook := (select s.settled_hook from basepool.settings as s);
    delete from basepool.settings as s;
    insert into basepool.settings select v_row.*;
  exception when check_violation or not_null_violation or data_exception then
    raise exception using
      errcode = 'TP009',
      message = basepool._printable(sqlerrm),
      hint = 'See the comments on the columns of basepool.settings for units and limits.';
  end;
  if v_row.settled_hook <> coalesce(v_former_hook, '') then
    v_hook := basepool._check_hook(v_row.settled_hook);
    if v_hook.problem is not null then
      raise exception using errcode = 'TP009', message = 'settled_hook: ' || v_hook.problem, hint = v_hook.remedy;
    end if;
  end if;
  perform basepool._watch_budgets();
  perform pg_catalog.pg_notify('basepool_queue', '');
  return to_jsonb(v_row) - 'id';
end
$$;

revoke all on function basepool.configure(jsonb) from public, anon, authenticated, service_role;

comment on function basepool.configure(jsonb) is
'Changes settings and returns them all. p_changes: {"setting": value}, for example {"stuck_after": "20 minutes"}; {} only shows
them. Raises TP009 (no such setting, or a value out of its limits). For the owner.';
