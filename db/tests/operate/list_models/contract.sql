-- what callers of basepool.list_models rely on
begin;
select plan(9);

select has_function('basepool', 'list_models', array[]::text []);
select is(pg_get_function_result('basepool.list_models()'::regprocedure), 'SETOF jsonb', 'returns');
select function_lang_is('basepool', 'list_models', array[]::text [], 'sql');
select volatility_is('basepool', 'list_models', array[]::text [], 'stable');
select is_definer('basepool', 'list_models', array[]::text []);
select function_privs_are('basepool', 'list_models', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'list_models', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'list_models', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'list_models', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
