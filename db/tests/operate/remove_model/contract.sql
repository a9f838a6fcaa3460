-- what callers of basepool.remove_model rely on
begin;
select plan(9);

select has_function('basepool', 'remove_model', array['text']);
select is(pg_get_function_result('basepool.remove_model(text)'::regprocedure), 'text', 'returns');
select function_lang_is('basepool', 'remove_model', array['text'], 'plpgsql');
select volatility_is('basepool', 'remove_model', array['text'], 'volatile');
select is_definer('basepool', 'remove_model', array['text']);
select function_privs_are('basepool', 'remove_model', array['text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'remove_model', array['text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'remove_model', array['text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'remove_model', array['text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
