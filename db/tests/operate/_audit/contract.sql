-- what callers of basepool._audit rely on
begin;
select plan(9);

select has_function('basepool', '_audit', array['text', 'text', 'jsonb']);
select is(pg_get_function_result('basepool._audit(text, text, jsonb)'::regprocedure), 'void', 'returns');
select function_lang_is('basepool', '_audit', array['text', 'text', 'jsonb'], 'sql');
select volatility_is('basepool', '_audit', array['text', 'text', 'jsonb'], 'volatile');
select isnt_definer('basepool', '_audit', array['text', 'text', 'jsonb']);
select function_privs_are('basepool', '_audit', array['text', 'text', 'jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', '_audit', array['text', 'text', 'jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_audit', array['text', 'text', 'jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_audit', array['text', 'text', 'jsonb'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
