-- what callers of basepool.health rely on
begin;
select plan(9);

select has_function('basepool', 'health', array[]::text []);
select is(pg_get_function_result('basepool.health()'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'health', array[]::text [], 'sql');
select volatility_is('basepool', 'health', array[]::text [], 'stable');
select is_definer('basepool', 'health', array[]::text []);
select function_privs_are('basepool', 'health', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'health', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'health', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'health', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
