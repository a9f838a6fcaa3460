-- what callers of basepool._audit rely on
begin;
select plan(9);

select has_function('basepool', '_audit', array['text', 'text', 'jsonb', 'text']);
select is(pg_get_function_result('basepool._audit(text, text, jsonb, text)'::regprocedure), 'void', 'returns');
select function_lang_is('basepool', '_audit', array['text', 'text', 'jsonb', 'text'], 'sql');
select volatility_is('basepool', '_audit', array['text', 'text', 'jsonb', 'text'], 'volatile');
select isnt_definer('basepool', '_audit', array['text', 'text', 'jsonb', 'text']);
select function_privs_are('basepool', '_audit', array['text', 'text', 'jsonb', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', '_audit', array['text', 'text', 'jsonb', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_audit', array['text', 'text', 'jsonb', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_audit', array['text', 'text', 'jsonb', 'text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
