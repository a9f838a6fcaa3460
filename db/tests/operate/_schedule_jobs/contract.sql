-- what callers of basepool._schedule_jobs rely on
begin;
select plan(9);

select has_function('basepool', '_schedule_jobs', array[]::text []);
select is(pg_get_function_result('basepool._schedule_jobs()'::regprocedure), 'integer', 'returns');
select function_lang_is('basepool', '_schedule_jobs', array[]::text [], 'plpgsql');
select volatility_is('basepool', '_schedule_jobs', array[]::text [], 'volatile');
select isnt_definer('basepool', '_schedule_jobs', array[]::text []);
select function_privs_are('basepool', '_schedule_jobs', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_schedule_jobs', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_schedule_jobs', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_schedule_jobs', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
