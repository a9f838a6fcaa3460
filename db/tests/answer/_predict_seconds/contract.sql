-- what callers of basepool._predict_seconds rely on
begin;
select plan(9);

select has_function('basepool', '_predict_seconds', array['jsonb']);
select is(pg_get_function_result('basepool._predict_seconds(jsonb)'::regprocedure), 'numeric', 'returns');
select function_lang_is('basepool', '_predict_seconds', array['jsonb'], 'sql');
select volatility_is('basepool', '_predict_seconds', array['jsonb'], 'immutable');
select isnt_definer('basepool', '_predict_seconds', array['jsonb']);
select function_privs_are('basepool', '_predict_seconds', array['jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', '_predict_seconds', array['jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_predict_seconds', array['jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_predict_seconds', array['jsonb'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
