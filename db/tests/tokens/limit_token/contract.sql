-- what callers of basepool.limit_token rely on
begin;
select plan(9);

select has_function('basepool', 'limit_token', array['integer', 'integer', 'integer', 'integer', 'integer']);
select is(pg_get_function_result('basepool.limit_token(integer,integer,integer,integer,integer)'::regprocedure),
  'TABLE(token_id integer, max_in_flight integer, weight integer, account text, creates_per_minute integer, '
  || 'burst integer)', 'returns');
select function_lang_is('basepool', 'limit_token', array['integer', 'integer', 'integer', 'integer', 'integer'], 'plpgsql');
select volatility_is('basepool', 'limit_token', array['integer', 'integer', 'integer', 'integer', 'integer'], 'volatile');
select is_definer('basepool', 'limit_token', array['integer', 'integer', 'integer', 'integer', 'integer']);
select function_privs_are('basepool', 'limit_token',
  array['integer', 'integer', 'integer', 'integer', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'limit_token',
  array['integer', 'integer', 'integer', 'integer', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'limit_token',
  array['integer', 'integer', 'integer', 'integer', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'limit_token',
  array['integer', 'integer', 'integer', 'integer', 'integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
