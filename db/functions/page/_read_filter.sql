-- A filter comes from a URL: whatever does not belong there is said, before anything is looked for.
create or replace function basepool._read_filter(
  p_filter jsonb,
  p_now timestamptz,
  out ids uuid [],
  out tab text,
  out user_id uuid,
  out model text,
  out token_id integer,
  out rule text,
  out worker text,
  out since timestamptz,
  out until timestamptz
)
returns record
language plpgsql
stable
set search_path = ''
as $$
declare
  v_known constant text[] := array['ids', 'tab', 'user_id', 'model', 'token_id', 'rule', 'worker', 'since', 'until'];
  v_most constant integer := 1000;
  v_name text;
  v_value text;
begin
  if jsonb_typeof(p_filter) is distinct from 'object' then
    raise exception using
      errcode = 'PT400',
      message = 'the filter is no JSON object',
      hint = format('Pass an object with some of %s.', array_to_string(v_known, ', '));
  end if;
  v_name := (select k.key from jsonb_object_keys(p_filter) as k (key) where k.key <> all(v_known) order by k.key limit 1);
  if v_name is not null then
    raise exception using
      errcode = 'PT400',
      message = format('a filter has no %s', basepool._quote(v_name)),
      hint = format('It has %s.', array_to_string(v_known, ', '));
  end if;

  for v_name, v_value in
    select e.key, nullif(btrim(e.value #>> '{}'), '') from jsonb_each(p_filter) as e where jsonb_typeof(e.value) <> 'null'
  loop
    begin
      if v_name = 'ids' then
        ids := array(
          select distinct i.id::uuid from jsonb_array_elements_text(p_filter -> 'ids') as i (id) order by i.id::uuid
        );
        if cardinality(ids) not between 1 and v_most or jsonb_array_length(p_filter -> 'ids') > v_most then
          raise exception using
            errcode = 'PT400',
            message = format('there are %s ids', jsonb_array_length(p_filter -> 'ids')),
            hint = format('Pass 1 to %s.', v_most);
        end if;
        -- a null among them is none
        ids := array_remove(ids, null);
      elsif jsonb_typeof(p_filter -> v_name) not in ('string', 'number') then
        raise exception using errcode = 'invalid_parameter_value';
      elsif length(v_value) > 1000 then
        raise exception using errcode = 'invalid_parameter_value';
      else
        case v_name
          when 'tab' then tab := v_value;
          when 'user_id' then user_id := v_value::uuid;
          when 'model' then model := v_value;
          when 'token_id' then token_id := v_value::integer;
          when 'rule' then rule := v_value;
          when 'worker' then worker := v_value;
          when 'since' then since := basepool._read_moment(v_value, p_now);
          when 'until' then until := basepool._read_moment(v_value, p_now);
        end case;
      end if;
    exception when data_exception then
      raise exception using
        errcode = 'PT400',
        message = format('%s can''t be %s', v_name, basepool._quote((p_filter -> v_name) #>> '{}')),
        hint = 'ids are a list of ids; user_id is an id, token_id a number; since and until are times, or how long ago: 1 hour. All'
        ' else is text.';
    end;
  end loop;
end
$$;

revoke all on function basepool._read_filter(jsonb, timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._read_filter(jsonb, timestamptz) is
'Reads a filter of generations: an object with some of ids (1 to 1,000), tab, user_id, model (a name takes all its versions),
token_id, rule and worker (of the last try), since and until (when they were submitted; how long before p_now is a time, too).
null and '''' are as if missing. Raises PT400.';
