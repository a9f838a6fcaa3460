-- Whoever is told that a value is not allowed wants to know which are. They are in the column's type and its check; nothing says
-- them a second time.
create or replace function basepool._allowed_values(p_setting text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_type regtype;
  v_may_be_null boolean;
  v_checks text;
  v_least text;
  v_most text;
  v_kind text;
begin
  select a.atttypid::regtype, not a.attnotnull, coalesce(string_agg(pg_catalog.pg_get_constraintdef(c.oid), ' '), '')
  into v_type, v_may_be_null, v_checks
  from pg_catalog.pg_attribute as a
  left join pg_catalog.pg_constraint as c on c.conrelid = a.attrelid and c.contype = 'c' and c.conkey = array[a.attnum]
  where a.attrelid = 'basepool.settings'::regclass and a.attname = p_setting and a.attnum > 0 and not a.attisdropped
  group by a.attnum, a.atttypid, a.attnotnull;

  -- as Postgres writes a check: (name >= 3), (name > '00:00:03'::interval)
  select max(b.said) filter (where b.operator like '>%'), max(b.said) filter (where b.operator like '<%')
  into v_least, v_most
  from (
    select
      m.found[1] as operator
      , case when m.found[1] = '>' and (v_type <> 'integer'::regtype or m.found[2] <> '0') then 'more than '
        when m.found[1] = '<' then 'less than ' else '' end
      || case
        when v_type = 'interval'::regtype then basepool._say_interval(trim(m.found[2], '''')::interval)
        -- more than 0 is 1
        when v_type = 'integer'::regtype and m.found[1] = '>' and m.found[2] = '0' then '1'
        else trim(m.found[2], '''')
      end as said
    from regexp_matches(v_checks, '\m' || p_setting || ' (>=|>|<=|<) \(?(''[^'']+''|-?[0-9.]+)', 'g') as m (found)
  ) as b;

  v_kind := case
    when v_checks like '%= ANY (%' then (
      select 'one of ' || string_agg(m.found[1], ', ') from regexp_matches(v_checks, '''([^'']+)''::', 'g') as m (found)
    )
    when v_checks like '% ~ %' then 'a text that matches ' || substring(v_checks from '~ ''(.*?)''::')
    when v_type = 'boolean'::regtype then 'true or false'
    when v_type = 'interval'::regtype then 'a time such as 90 seconds or 2 hours'
    when v_type in ('integer'::regtype, 'smallint'::regtype, 'bigint'::regtype) then 'a whole number'
    when v_type in ('numeric'::regtype, 'double precision'::regtype) then 'a number'
    else 'a text'
  end;
  return concat_ws(
    ', '
    , v_kind
    , case
      when v_least is not null and v_most is not null then v_least || ' to ' || v_most
      when v_least like 'more than %' then v_least
      when v_least is not null then v_least || ' or more'
      when v_most like 'less than %' then v_most
      when v_most is not null then v_most || ' or less'
    end
    , case when v_checks like '%<> ''''::text%' then 'not empty' end
    , case when v_may_be_null then 'or null' end
  );
end
$$;

revoke all on function basepool._allowed_values(text) from public, anon, authenticated, service_role;

comment on function basepool._allowed_values(text) is
'In words, what the setting p_setting may be, read from the type and the checks of its column: a whole number, 1 to 100. For
list_settings and configure.';
