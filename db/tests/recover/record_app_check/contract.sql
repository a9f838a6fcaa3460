-- what callers of basepool.record_app_check rely on
begin;
select plan(9);

select has_function('basepool', 'record_app_check', array['uuid', 'bigint', 'integer', 'jsonb', 'text']::text []);
select is(
  pg_get_function_result('basepool.record_app_check(uuid, bigint, integer, jsonb, text)'::regprocedure), 'text', 'returns'
);
select function_lang_is('basepool', 'record_app_check', array['uuid', 'bigint', 'integer', 'jsonb', 'text']::text [], 'plpgsql');
select volatility_is('basepool', 'record_app_check', array['uuid', 'bigint', 'integer', 'jsonb', 'text']::text [], 'volatile');
select is_definer('basepool', 'record_app_check', array['uuid', 'bigint', 'integer', 'jsonb', 'text']::text []);
select function_privs_are(
  'basepool', 'record_app_check', array['uuid', 'bigint', 'integer', 'jsonb', 'text']::text []
  , 'anon', array[]::text []
);
select function_privs_are(
  'basepool', 'record_app_check', array['uuid', 'bigint', 'integer', 'jsonb', 'text']::text []
  , 'authenticated', array[]::text []
);
select function_privs_are(
  'basepool', 'record_app_check', array['uuid', 'bigint', 'integer', 'jsonb', 'text']::text []
  , 'service_role', array[]::text []
);
select function_privs_are(
  'basepool', 'record_app_check', array['uuid', 'bigint', 'integer', 'jsonb', 'text']::text []
  , 'basepool_glue', array['EXECUTE']::text []
);

select * from finish();
rollback;
