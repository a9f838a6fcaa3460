-- what callers of basepool.page_jobs rely on
begin;
select plan(10);

select has_function('basepool', 'page_jobs', array[]::text []);
select is(pg_get_function_result('basepool.page_jobs()'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_jobs', array[]::text [], 'sql');
select volatility_is('basepool', 'page_jobs', array[]::text [], 'stable');
select is_definer('basepool', 'page_jobs', array[]::text []);
select function_privs_are('basepool', 'page_jobs', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_jobs', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_jobs', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'page_jobs', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'page_jobs', array[]::text [], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
