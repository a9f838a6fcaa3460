-- what callers of basepool.limit_user rely on
begin;
select plan(9);

select has_function('basepool', 'limit_user', array['uuid', 'integer', 'boolean']);
select is(
  pg_get_function_result('basepool.limit_user(uuid, integer, boolean)'::regprocedure),
  'TABLE(user_id uuid, max_active integer, was integer, is_default boolean)',
  'returns'
);
select function_lang_is('basepool', 'limit_user', array['uuid', 'integer', 'boolean'], 'plpgsql');
select volatility_is('basepool', 'limit_user', array['uuid', 'integer', 'boolean'], 'volatile');
select is_definer('basepool', 'limit_user', array['uuid', 'integer', 'boolean']);
select function_privs_are('basepool', 'limit_user', array['uuid', 'integer', 'boolean'], 'anon', array[]::text []);
select function_privs_are('basepool', 'limit_user', array['uuid', 'integer', 'boolean'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'limit_user', array['uuid', 'integer', 'boolean'], 'service_role', array[]::text []);
select function_privs_are(
  'basepool', 'limit_user', array['uuid', 'integer', 'boolean']
  , 'basepool_glue', array['EXECUTE']::text []
);

select * from finish();
rollback;
