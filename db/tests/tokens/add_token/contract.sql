-- what callers of basepool.add_token rely on
begin;
select plan(9);

select has_function('basepool', 'add_token', array['text', 'text', 'text', 'text', 'integer', 'text']);
select is(pg_get_function_result('basepool.add_token(text, text, text, text, integer, text)'::regprocedure),
  'TABLE(token_id integer, account_id bigint, account text, is_new_account boolean, tokens_of_account integer)', 'returns');
select function_lang_is('basepool', 'add_token', array['text', 'text', 'text', 'text', 'integer', 'text'], 'plpgsql');
select volatility_is('basepool', 'add_token', array['text', 'text', 'text', 'text', 'integer', 'text'], 'volatile');
select is_definer('basepool', 'add_token', array['text', 'text', 'text', 'text', 'integer', 'text']);
select function_privs_are('basepool', 'add_token',
  array['text', 'text', 'text', 'text', 'integer', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'add_token',
  array['text', 'text', 'text', 'text', 'integer', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'add_token',
  array['text', 'text', 'text', 'text', 'integer', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'add_token',
  array['text', 'text', 'text', 'text', 'integer', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
