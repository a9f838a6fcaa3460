-- what callers of basepool._classify_error rely on
begin;
select plan(9);

select has_function('basepool', '_classify_error', array['text', 'integer', 'text']);
select is(pg_get_function_result('basepool._classify_error(text, integer, text)'::regprocedure),
  'basepool.error_rules', 'returns');
select function_lang_is('basepool', '_classify_error', array['text', 'integer', 'text'], 'sql');
select volatility_is('basepool', '_classify_error', array['text', 'integer', 'text'], 'stable');
select isnt_definer('basepool', '_classify_error', array['text', 'integer', 'text']);
select function_privs_are('basepool', '_classify_error', array['text', 'integer', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', '_classify_error', array['text', 'integer', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_classify_error', array['text', 'integer', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_classify_error', array['text', 'integer', 'text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
