-- what callers of basepool.record_account rely on
begin;
select plan(9);

select has_function('basepool', 'record_account', array['integer', 'text', 'text', 'text']);
select is(pg_get_function_result('basepool.record_account(integer, text, text, text)'::regprocedure),
  'TABLE(token_id integer, account_id bigint, account text, is_new_account boolean, tokens_of_account integer)', 'returns');
select function_lang_is('basepool', 'record_account', array['integer', 'text', 'text', 'text'], 'plpgsql');
select volatility_is('basepool', 'record_account', array['integer', 'text', 'text', 'text'], 'volatile');
select is_definer('basepool', 'record_account', array['integer', 'text', 'text', 'text']);
select function_privs_are('basepool', 'record_account', array['integer', 'text', 'text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'record_account',
  array['integer', 'text', 'text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'record_account',
  array['integer', 'text', 'text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'record_account',
  array['integer', 'text', 'text', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
