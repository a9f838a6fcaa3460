-- What a generation costs whose price nobody has said that may: the app's table says it.
create or replace function basepool._default_credits()
returns integer
language plpgsql
stable
set search_path = ''
as $$
declare
  v_default constant text := (
    select pg_catalog.pg_get_expr(d.adbin, d.adrelid)
    from pg_catalog.pg_attribute as a
    inner join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = 'public.generations'::regclass and a.attname = 'cost_credits'
  );
  v_credits integer;
begin
  if v_default ~ '^\d{1,9}$' then
    return v_default::integer;
  elsif v_default is not null then
    execute 'select (' || v_default || ')::integer' into v_credits;
  end if;
  return v_credits;
end
$$;

revoke all on function basepool._default_credits() from public, anon, authenticated, service_role;

comment on function basepool._default_credits() is
'The default of public.generations.cost_credits, null where it has none. For _admit_generation.';
