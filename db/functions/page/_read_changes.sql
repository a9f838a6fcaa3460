-- What would be is thought up by people: what can't be is said before anything is worked out.
create or replace function basepool._read_changes(p_changes jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  v_shape constant text := 'Pass {"tokens": {"4": {"is_active": true, "max_in_flight": 20}}, "creates_per_minute": {"2": 600}, "hands":'
    ' 50}, or some of it.';
  v_wrong text;
  v_token text;
  v_account text;
begin
  if jsonb_typeof(p_changes) is distinct from 'object' then
    raise exception using errcode = 'PT400', message = 'the changes are no JSON object', hint = v_shape;
  end if;
  select format('%s can''t be %s', basepool._printable(f.name), basepool._quote(f.value #>> '{}')) into v_wrong
  from (
    select c.key as name, c.value, case c.key
      when 'tokens' then jsonb_typeof(c.value) = 'object'
      when 'creates_per_minute' then jsonb_typeof(c.value) = 'object'
      when 'hands' then basepool._is_count(c.value, 0, 100000)
      else false
    end as is_right
    from jsonb_each(p_changes) as c
    union all
    select 'token ' || t.key, t.value, t.key ~ '^[0-9]{1,9}$' and jsonb_typeof(t.value) = 'object'
    from jsonb_each(case when jsonb_typeof(p_changes -> 'tokens') = 'object' then p_changes -> 'tokens' else '{}' end) as t
    union all
    select format('%s of token %s', v.key, t.key), v.value, case v.key
      when 'is_active' then jsonb_typeof(v.value) = 'boolean'
      when 'max_in_flight' then basepool._is_count(v.value, 1, 1000)
      else false
    end
    from jsonb_each(case when jsonb_typeof(p_changes -> 'tokens') = 'object' then p_changes -> 'tokens' else '{}' end) as t
    cross join lateral jsonb_each(case when jsonb_typeof(t.value) = 'object' then t.value else '{}' end) as v
    union all
    select 'creates_per_minute of account ' || a.key, a.value
      , a.key ~ '^[0-9]{1,18}$' and basepool._is_count(a.value, 1, 10000000)
    from jsonb_each(
      case when jsonb_typeof(p_changes -> 'creates_per_minute') = 'object' then p_changes -> 'creates_per_minute' else '{}' end
    ) as a
  ) as f
  where not f.is_right
  limit 1;
  if v_wrong is not null then
    raise exception using errcode = 'PT400', message = v_wrong, hint = v_shape;
  end if;

  select k.id into v_token
  from jsonb_object_keys(coalesce(p_changes -> 'tokens', '{}')) as k (id)
  where not exists (select from public.replicate_tokens as t where t.id::text = k.id)
  limit 1;
  if v_token is not null then
    raise exception using
      errcode = 'TP005',
      message = format('there is no token %s', v_token),
      hint = 'See basepool tokens list for the ids.';
  end if;
  select k.id into v_account
  from jsonb_object_keys(coalesce(p_changes -> 'creates_per_minute', '{}')) as k (id)
  where not exists (select from basepool.accounts as a where a.id::text = k.id)
  limit 1;
  if v_account is not null then
    raise exception using
      errcode = 'PT404',
      message = format('there is no account %s', v_account),
      hint = 'Accounts are named by their ids here.';
  end if;
  return p_changes;
end
$$;

revoke all on function basepool._read_changes(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._read_changes(jsonb) is
'p_changes as page_what_if takes them, if nothing is wrong with them. Raises PT400, PT404, TP005.';
