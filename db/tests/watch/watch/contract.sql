-- what callers of basepool.watch rely on
begin;
select plan(9);

create temporary table arguments as
select array[]::text [] as types;
select has_function('basepool', 'watch', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool.watch()'::regprocedure)
  , 'jsonb'
  , 'returns'
);
select function_lang_is('basepool', 'watch', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', 'watch', a.types, 'volatile') from arguments as a;
select is_definer('basepool', 'watch', a.types) from arguments as a;
select function_privs_are('basepool', 'watch', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'watch', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'watch', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'watch', a.types, 'basepool_glue', array['EXECUTE']) from arguments as a;

select * from finish();
rollback;
