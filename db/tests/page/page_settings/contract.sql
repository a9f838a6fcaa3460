-- what callers of basepool.page_settings rely on
begin;
select plan(10);

select has_function('basepool', 'page_settings', array[]::text []);
select is(pg_get_function_result('basepool.page_settings()'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_settings', array[]::text [], 'sql');
select volatility_is('basepool', 'page_settings', array[]::text [], 'stable');
select is_definer('basepool', 'page_settings', array[]::text []);
select function_privs_are('basepool', 'page_settings', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_settings', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_settings', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'page_settings', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'page_settings', array[]::text [], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
