-- whoever may execute the hook has a say in credits: nobody but its owner should
begin;
select plan(15);
\ir ../../helpers.psql

create function pg_temp.problem(p_name text default null) returns text language sql as
'select c.problem from basepool._check_hook(p_name) as c';
create function pg_temp.hook(p_schema text) returns void language plpgsql as $$
begin
  execute format('create function %I.on_generation_settled(generation uuid, outcome text) returns void language sql as ''''', p_schema);
end
$$;
select is(pg_temp.problem(), null, 'there is none');
create function pg_temp.finding() returns text language sql as
$$select f.says from basepool._list_findings(basepool.now()) as f where f.name = 'hook'$$;
select is(pg_temp.finding(), null, 'nothing to say');
select is(pg_temp.problem('app_private.settled'), 'there is no function app_private.settled(uuid, text)', 'one that is not there');

-- as Supabase has it
alter default privileges in schema public grant execute on functions to anon, authenticated, service_role;
select pg_temp.hook('public');
select is(
  pg_temp.problem(),
  (select format('anon, authenticated, service_role%s may execute public.on_generation_settled, which moves credits',
    case when count(*) > 3 then format(' and %s more', count(*) - 3) else '' end)
  from pg_roles as r
where not r.rolsuper and r.rolname not like 'pg\_%'), 'everybody may call it'
);
select alike(
  pg_temp.finding(), '%Run revoke all on function%on_generation_settled(uuid,text) from public, anon, %',
  'the status says so, and what to do'
);
revoke all on function public.on_generation_settled(uuid, text) from public, anon, authenticated;
select is(pg_temp.problem(), 'service_role may execute public.on_generation_settled, which moves credits', 'one is left');
revoke all on function public.on_generation_settled(uuid, text) from service_role;
select is(pg_temp.problem(), null, 'nobody is left');
select is(
  pg_temp.problem('public.on_generation_settled'), 'PostgREST exposes the schema of public.on_generation_settled',
  'to choose one there is no good idea'
);
select throws_ok(
  $$select basepool.configure('{"settled_hook": "public.on_generation_settled"}')$$, 'TP009',
  'settled_hook: PostgREST exposes the schema of public.on_generation_settled'
);

create schema app_private;
select pg_temp.hook('app_private');
select is(pg_temp.problem('app_private.on_generation_settled'), null, 'nobody gets there');
grant usage on schema app_private to authenticated;
select is(
  pg_temp.problem('app_private.on_generation_settled'),
  'authenticated may execute app_private.on_generation_settled, which moves credits', 'somebody does'
);
revoke all on function app_private.on_generation_settled(uuid, text) from public;
select is(
  (select c.value from basepool.configure('{"settled_hook": "app_private.on_generation_settled"}') as c),
  'app_private.on_generation_settled', 'it is chosen'
);
do $$ begin execute 'alter role authenticated set pgrst.db_schemas = ''public, app_private'''; end $$;
select is(
  pg_temp.problem('app_private.on_generation_settled'), 'PostgREST exposes the schema of app_private.on_generation_settled',
  'as far as the database knows what is exposed'
);
do $$ begin execute 'alter role authenticated reset pgrst.db_schemas'; end $$;
alter function app_private.on_generation_settled(uuid, text) owner to service_role;
select is(
  pg_temp.problem('app_private.on_generation_settled'),
  format('app_private.on_generation_settled is not called: its owner is not %I', current_user), 'somebody else''s'
);
select throws_ok(
  $$select basepool.configure('{"settled_hook": "drop table; --"}')$$, 'TP009',
  'settled_hook can''t be ''drop table; --'''
);

select * from finish();
rollback;
