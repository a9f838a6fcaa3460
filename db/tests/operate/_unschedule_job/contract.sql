-- what callers of basepool._unschedule_job rely on
begin;
select plan(9);

select has_function('basepool', '_unschedule_job', array['text', 'bigint']);
select is(pg_get_function_result('basepool._unschedule_job(text, bigint)'::regprocedure), 'boolean', 'returns');
select function_lang_is('basepool', '_unschedule_job', array['text', 'bigint'], 'plpgsql');
select volatility_is('basepool', '_unschedule_job', array['text', 'bigint'], 'volatile');
select isnt_definer('basepool', '_unschedule_job', array['text', 'bigint']);
select function_privs_are('basepool', '_unschedule_job', array['text', 'bigint'], 'anon', array[]::text []);
select function_privs_are('basepool', '_unschedule_job', array['text', 'bigint'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_unschedule_job', array['text', 'bigint'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_unschedule_job', array['text', 'bigint'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
