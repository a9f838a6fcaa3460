-- A row that is not there is made: from the first one on, only what is listed is offered.
create or replace function basepool.set_model(p_pattern text, p_changes jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_row basepool.models;
  v_new basepool.models;
  v_unknown text;
  v_was jsonb;
begin
  select k.name into v_unknown
  from jsonb_object_keys(p_changes) as k (name)
  where k.name = 'pattern' or not exists (
    select from pg_catalog.pg_attribute as a
    where a.attrelid = 'basepool.models'::regclass and a.attname = k.name and a.attnum > 0 and not a.attisdropped
  )
  limit 1;
  if v_unknown is not null then
    raise exception using
      errcode = 'PT400',
      message = format('a model has no %s', basepool._quote(v_unknown)),
      hint = 'See the comments on the columns of basepool.models.';
  end if;
  begin
    select m.* into v_row from basepool.models as m where lower(m.pattern) = lower(p_pattern) for update;
    if found then
      v_was := to_jsonb(v_row);
    else
      insert into basepool.models as m (pattern) values (p_pattern) returning m.* into v_row;
    end if;
    v_new := jsonb_populate_record(v_row, p_changes);
    update basepool.models as m
    set
      enabled = v_new.enabled, credits = v_new.credits, seconds_per_credit = v_new.seconds_per_credit
      , outputs_per_credit = v_new.outputs_per_credit, max_per_user = v_new.max_per_user, max_in_flight = v_new.max_in_flight
      , timeout = v_new.timeout, usd_per_run = v_new.usd_per_run, usd_per_second = v_new.usd_per_second
    where m.pattern = v_row.pattern;
  exception when check_violation or not_null_violation or data_exception then
    raise exception using
      errcode = 'PT400',
      message = basepool._printable(sqlerrm),
      hint = 'See the comments on the columns of basepool.models for units and limits.';
  end;
  perform basepool._audit('models set', v_row.pattern, (
    select basepool._changes(v_was, to_jsonb(m)) from basepool.models as m where m.pattern = v_row.pattern
  ));
  return (select l.* from basepool.list_models() as l where l ->> 'pattern' = v_row.pattern);
end
$$;

revoke all on function basepool.set_model(text, jsonb) from public, anon, authenticated, service_role;
grant execute on function basepool.set_model(text, jsonb) to basepool_glue;

comment on function basepool.set_model(text, jsonb) is
'Lists a model, or changes what is said of it. p_pattern: as basepool.models.pattern; p_changes: its other columns by name, what is
left out stays, null for none. Returns the row as list_models does. Raises PT400.';
