-- what callers of basepool.set_model rely on
begin;
select plan(9);

select has_function('basepool', 'set_model', array['text', 'jsonb']);
select is(pg_get_function_result('basepool.set_model(text, jsonb)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'set_model', array['text', 'jsonb'], 'plpgsql');
select volatility_is('basepool', 'set_model', array['text', 'jsonb'], 'volatile');
select is_definer('basepool', 'set_model', array['text', 'jsonb']);
select function_privs_are('basepool', 'set_model', array['text', 'jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', 'set_model', array['text', 'jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'set_model', array['text', 'jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'set_model', array['text', 'jsonb'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
