-- The filter of a page comes from a URL: what can't be meant is said, and not met by a cast.
create or replace function basepool._page_filter(
  p_filter jsonb,
  out tab text,
  out user_id uuid,
  out model text,
  out token_id integer,
  out rule text,
  out worker text,
  out since timestamptz,
  out until timestamptz
)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_keys constant text [] := array['tab', 'user_id', 'model', 'token_id', 'rule', 'worker', 'since', 'until'];
  v_tabs constant text [] := array['waiting', 'in_flight', 'failed', 'cancelled', 'completed', 'attempts'];
  v_wrong text;
begin
  if jsonb_typeof(coalesce(p_filter, '{}')) <> 'object' then
    raise exception using
      errcode = 'PT400',
      message = 'p_filter is no JSON object',
      hint = 'Pass {"tab": "waiting"}, with any of: ' || array_to_string(v_keys[2:], ', ') || '.';
  end if;
  -- what a form sends of a field that was left empty means nothing
  select
    string_agg(
      format(
        '%s is %s', basepool._printable(e.key)
        , case when jsonb_typeof(e.value) in ('object', 'array') then 'no single value' else basepool._quote(e.value #>> '{}') end
      ), '; ' order by e.key
    ) filter (
      where not case
        when jsonb_typeof(e.value) not in ('string', 'number') then false
        when e.key = 'tab' then e.value #>> '{}' = any(v_tabs)
        when e.key = 'user_id' then e.value #>> '{}' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        when e.key = 'token_id' then e.value #>> '{}' ~ '^[0-9]{1,9}$'
        when e.key in ('since', 'until') then basepool._read_time(e.value #>> '{}') is not null
        when e.key in ('model', 'rule', 'worker') then length(e.value #>> '{}') <= 300
        else false
      end
    )
    , max(e.value #>> '{}') filter (where e.key = 'tab')
    , max(e.value #>> '{}') filter (where e.key = 'model')
    , max(e.value #>> '{}') filter (where e.key = 'rule')
    , max(e.value #>> '{}') filter (where e.key = 'worker')
  into v_wrong, tab, model, rule, worker
  from jsonb_each(p_filter) as e
  where e.value <> 'null' and e.value <> '""';
  if v_wrong is not null then
    raise exception using
      errcode = 'PT400',
      message = format('p_filter can''t be that: %s', basepool._printable(v_wrong)),
      hint = format(
        'tab: one of %s. user_id: a uuid. token_id: a number. model, rule, worker: a name. since, until: an ISO time. Nothing else.'
        , array_to_string(v_tabs, ', ')
      );
  end if;
  tab := coalesce(tab, 'waiting');
  user_id := nullif(p_filter ->> 'user_id', '')::uuid;
  token_id := nullif(p_filter ->> 'token_id', '')::integer;
  since := coalesce(basepool._read_time(p_filter ->> 'since'), '-infinity');
  until := coalesce(basepool._read_time(p_filter ->> 'until'), 'infinity');
end
$$;

revoke all on function basepool._page_filter(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._page_filter(jsonb) is
'What p_filter of page_generations asks for, each key as a value of its type, null where it asks for none; tab: waiting, where it
names none; since and until: infinite. Raises PT400, naming what can''t be meant.';
