-- what callers of basepool.run_job rely on
begin;
select plan(9);

select has_function('basepool', 'run_job', array['text', 'text']);
select is(pg_get_function_result('basepool.run_job(text, text)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'run_job', array['text', 'text'], 'plpgsql');
select volatility_is('basepool', 'run_job', array['text', 'text'], 'volatile');
select is_definer('basepool', 'run_job', array['text', 'text']);
select function_privs_are('basepool', 'run_job', array['text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'run_job', array['text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'run_job', array['text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'run_job', array['text', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
