-- what callers of basepool.list_tokens rely on
begin;
select plan(9);

select has_function('basepool', 'list_tokens', array[]::text []);
select is(pg_get_function_result('basepool.list_tokens()'::regprocedure),
  'TABLE(token_id integer, name text, masked text, account text, state text, reason text, '
  || 'back_at timestamp with time zone, in_flight integer, max_in_flight integer, request_count integer, '
  || 'error_count integer, last_used_at timestamp with time zone, last_error text)', 'returns');
select function_lang_is('basepool', 'list_tokens', array[]::text [], 'sql');
select volatility_is('basepool', 'list_tokens', array[]::text [], 'volatile');
select is_definer('basepool', 'list_tokens', array[]::text []);
select function_privs_are('basepool', 'list_tokens', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'list_tokens', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'list_tokens', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'list_tokens', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
