-- what callers of basepool.record_not_found rely on
begin;
select plan(9);

select has_function('basepool', 'record_not_found', array['uuid', 'bigint']);
select is(
  pg_get_function_result('basepool.record_not_found(uuid, bigint)'::regprocedure),
  'text',
  'returns'
);
select function_lang_is('basepool', 'record_not_found', array['uuid', 'bigint'], 'plpgsql');
select volatility_is('basepool', 'record_not_found', array['uuid', 'bigint'], 'volatile');
select is_definer('basepool', 'record_not_found', array['uuid', 'bigint']);
select function_privs_are('basepool', 'record_not_found', array['uuid', 'bigint'], 'anon', array[]::text []);
select function_privs_are(
  'basepool', 'record_not_found', array['uuid', 'bigint'], 'authenticated', array[]::text []
);
select function_privs_are(
  'basepool', 'record_not_found', array['uuid', 'bigint'], 'service_role', array[]::text []
);
select function_privs_are(
  'basepool', 'record_not_found', array['uuid', 'bigint'], 'basepool_glue', array['EXECUTE']
);

select * from finish();
rollback;
