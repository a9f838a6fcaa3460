-- what callers of basepool.parse_model rely on
begin;
select plan(9);

select has_function('basepool', 'parse_model', array['text']);
select is(pg_get_function_result('basepool.parse_model(text)'::regprocedure), 'record', 'returns');
select function_lang_is('basepool', 'parse_model', array['text'], 'plpgsql');
select volatility_is('basepool', 'parse_model', array['text'], 'immutable');
select isnt_definer('basepool', 'parse_model', array['text']);
select function_privs_are('basepool', 'parse_model', array['text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'parse_model', array['text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'parse_model', array['text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'parse_model', array['text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
