-- what callers of basepool.get_token_secrets rely on
begin;
select plan(9);

select has_function('basepool', 'get_token_secrets', array['boolean']);
select is(pg_get_function_result('basepool.get_token_secrets(boolean)'::regprocedure),
  'TABLE(token_id integer, token text, problem text)', 'returns');
select function_lang_is('basepool', 'get_token_secrets', array['boolean'], 'plpgsql');
select volatility_is('basepool', 'get_token_secrets', array['boolean'], 'volatile');
select is_definer('basepool', 'get_token_secrets', array['boolean']);
select function_privs_are('basepool', 'get_token_secrets', array['boolean'], 'anon', array[]::text []);
select function_privs_are('basepool', 'get_token_secrets', array['boolean'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'get_token_secrets', array['boolean'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'get_token_secrets', array['boolean'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
