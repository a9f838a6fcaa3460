-- The hook moves credits, with the owner's rights: whoever may execute it can have some, and on Supabase default privileges let
-- everybody execute what is made in schema public.
create or replace function basepool._check_hook(
  p_name text,
  out hook regprocedure,
  out problem text,
  out remedy text
)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_name constant text := coalesce(p_name, 'public.on_generation_settled');
  v_owner constant oid := (
    select p.proowner from pg_catalog.pg_proc as p where p.oid = 'basepool._announce_settled()'::regprocedure
  );
  v_hook pg_catalog.pg_proc;
  v_roles text[];
begin
  hook := basepool._find_hook(p_name);
  select p.* into v_hook from pg_catalog.pg_proc as p where p.oid = hook;
  if p_name is not null and v_hook.oid is null then
    problem := format('there is no function %s(uuid, text)', v_name);
    remedy := 'Create it, or set settled_hook to null where the app has none.';
    return;
  elsif v_hook.oid is null then
    return;
  end if;

  -- as far as the database knows what PostgREST exposes: on Supabase that may stand outside of it
  if p_name is not null and split_part(v_name, '.', 1) in (
    select e.name from (values ('public'), ('graphql_public')) as e (name)
    union all
    select btrim(n.name, ' "')
    from pg_catalog.pg_db_role_setting as s
    cross join lateral unnest(s.setconfig) as c (setting)
    cross join lateral string_to_table(substr(c.setting, 18), ',') as n (name)
    where c.setting like 'pgrst.db_schemas=%'
  ) then
    problem := format('PostgREST exposes the schema of %s', v_name);
    remedy := format('Move it: alter function %s set schema app_private;', hook);
  elsif v_hook.proowner <> v_owner and not (select r.rolsuper from pg_catalog.pg_roles as r where r.oid = v_hook.proowner) then
    problem := format('%s is not called: its owner is not %I', v_name, pg_catalog.pg_get_userbyid(v_owner));
    remedy := format('It would run with the rights of %1$I. Give it to that role: alter function %2$s owner to %1$I;'
      , pg_catalog.pg_get_userbyid(v_owner), hook);
  else
    select array_agg(quote_ident(r.rolname) order by array_position(array['service_role', 'authenticated', 'anon'], r.rolname::text)
      desc nulls last, r.rolname) into v_roles
    from pg_catalog.pg_roles as r
    where
      not r.rolsuper and r.rolname not like 'pg\_%' and not pg_has_role(r.oid, v_hook.proowner, 'usage')
      and has_function_privilege(r.oid, hook::oid, 'execute') and has_schema_privilege(r.oid, v_hook.pronamespace, 'usage');
    if v_roles is not null then
      problem := format('%s%s may execute %s, which moves credits', array_to_string(v_roles[1:3], ', ')
        , case when cardinality(v_roles) > 3 then format(' and %s more', cardinality(v_roles) - 3) else '' end, v_name);
      remedy := format('Run revoke all on function %s from public%s; docs/operations.md#credits has a better place for it.', hook
        , (select string_agg(', ' || r.name, '') from unnest(v_roles[1:3]) as r (name)));
    end if;
  end if;
end
$$;

revoke all on function basepool._check_hook(text) from public, anon, authenticated, service_role;

comment on function basepool._check_hook(text) is
'The function that settled_hook = p_name means (null: public.on_generation_settled, if there is one), and what is wrong with it, if
anything, with what to do: it is not there, PostgREST exposes it, somebody else owns it, or anybody but its owner may execute it.';
