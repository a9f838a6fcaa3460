-- what callers of basepool.secure_tokens rely on
begin;
select plan(9);

select has_function('basepool', 'secure_tokens', array['boolean', 'boolean']::text []);
select is(
  pg_get_function_result('basepool.secure_tokens(boolean, boolean)'::regprocedure), 'text', 'returns'
);
select function_lang_is('basepool', 'secure_tokens', array['boolean', 'boolean']::text [], 'plpgsql');
select volatility_is('basepool', 'secure_tokens', array['boolean', 'boolean']::text [], 'volatile');
select is_definer('basepool', 'secure_tokens', array['boolean', 'boolean']::text []);
select function_privs_are('basepool', 'secure_tokens', array['boolean', 'boolean']::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'secure_tokens', array['boolean', 'boolean']::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'secure_tokens', array['boolean', 'boolean']::text [], 'service_role', array[]::text []);
select function_privs_are(
  'basepool', 'secure_tokens', array['boolean', 'boolean']::text []
  , 'basepool_glue', array['EXECUTE']::text []
);

select * from finish();
rollback;
