-- what callers of basepool.find_token rely on
begin;
select plan(9);

select has_function('basepool', 'find_token', array['text']);
select is(pg_get_function_result('basepool.find_token(text)'::regprocedure),
  'TABLE(secret text, token_id integer, account text, tokens_of_account integer)', 'returns');
select function_lang_is('basepool', 'find_token', array['text'], 'sql');
select volatility_is('basepool', 'find_token', array['text'], 'stable');
select is_definer('basepool', 'find_token', array['text']);
select function_privs_are('basepool', 'find_token', array['text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'find_token', array['text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'find_token', array['text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'find_token', array['text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
