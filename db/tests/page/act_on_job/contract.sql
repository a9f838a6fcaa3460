-- what callers of basepool.act_on_job rely on
begin;
select plan(10);

select has_function('basepool', 'act_on_job', array['text', 'text']);
select is(pg_get_function_result('basepool.act_on_job(text, text)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'act_on_job', array['text', 'text'], 'plpgsql');
select volatility_is('basepool', 'act_on_job', array['text', 'text'], 'volatile');
select is_definer('basepool', 'act_on_job', array['text', 'text']);
select function_privs_are('basepool', 'act_on_job', array['text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'act_on_job', array['text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'act_on_job', array['text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'act_on_job', array['text', 'text'], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'act_on_job', array['text', 'text'], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
