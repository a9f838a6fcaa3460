-- what callers of basepool.schema_version rely on
begin;
select plan(9);

select has_function('basepool', 'schema_version', array[]::text []);
select is(
  pg_get_function_result('basepool.schema_version()'::regprocedure),
  'TABLE(version integer, oldest integer)',
  'returns'
);
select function_lang_is('basepool', 'schema_version', array[]::text [], 'sql');
select volatility_is('basepool', 'schema_version', array[]::text [], 'immutable');
select is_definer('basepool', 'schema_version', array[]::text []);
select function_privs_are('basepool', 'schema_version', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'schema_version', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'schema_version', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'schema_version', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
