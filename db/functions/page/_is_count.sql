-- JSON has one kind of number.
create or replace function basepool._is_count(p_value jsonb, p_least integer, p_most integer)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select case when jsonb_typeof(p_value) = 'number' then p_value::numeric % 1 = 0 and p_value::numeric between p_least and p_most else false end
$$;

revoke all on function basepool._is_count(jsonb, integer, integer) from public, anon, authenticated, service_role;

comment on function basepool._is_count(jsonb, integer, integer) is
'Whether a JSON value is a whole number from p_least to p_most.';
