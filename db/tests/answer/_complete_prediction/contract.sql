-- what callers of basepool._complete_prediction rely on
begin;
select plan(9);

select has_function('basepool', '_complete_prediction', array['jsonb', 'text', 'text']);
select is(pg_get_function_result('basepool._complete_prediction(jsonb, text, text)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', '_complete_prediction', array['jsonb', 'text', 'text'], 'plpgsql');
select volatility_is('basepool', '_complete_prediction', array['jsonb', 'text', 'text'], 'immutable');
select isnt_definer('basepool', '_complete_prediction', array['jsonb', 'text', 'text']);
select function_privs_are('basepool', '_complete_prediction', array['jsonb', 'text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', '_complete_prediction', array['jsonb', 'text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_complete_prediction', array['jsonb', 'text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_complete_prediction', array['jsonb', 'text', 'text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
