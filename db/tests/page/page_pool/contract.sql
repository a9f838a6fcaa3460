-- what callers of basepool.page_pool rely on
begin;
select plan(10);

select has_function('basepool', 'page_pool', array[]::text []);
select is(pg_get_function_result('basepool.page_pool()'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_pool', array[]::text [], 'plpgsql');
select volatility_is('basepool', 'page_pool', array[]::text [], 'stable');
select is_definer('basepool', 'page_pool', array[]::text []);
select function_privs_are('basepool', 'page_pool', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_pool', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_pool', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'page_pool', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'page_pool', array[]::text [], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
