-- what callers of basepool.record_not_found rely on
begin;
select plan(9);

select has_function('basepool', 'record_not_found', array['uuid', 'timestamp with time zone']);
select is(
  pg_get_function_result('basepool.record_not_found(uuid, timestamp with time zone)'::regprocedure),
  'text',
  'returns'
);
select function_lang_is('basepool', 'record_not_found', array['uuid', 'timestamp with time zone'], 'plpgsql');
select volatility_is('basepool', 'record_not_found', array['uuid', 'timestamp with time zone'], 'volatile');
select is_definer('basepool', 'record_not_found', array['uuid', 'timestamp with time zone']);
select function_privs_are('basepool', 'record_not_found', array['uuid', 'timestamp with time zone'], 'anon', array[]::text []);
select function_privs_are(
  'basepool', 'record_not_found', array['uuid', 'timestamp with time zone'], 'authenticated', array[]::text []
);
select function_privs_are(
  'basepool', 'record_not_found', array['uuid', 'timestamp with time zone'], 'service_role', array[]::text []
);
select function_privs_are(
  'basepool', 'record_not_found', array['uuid', 'timestamp with time zone'], 'basepool_glue', array['EXECUTE']
);

select * from finish();
rollback;
