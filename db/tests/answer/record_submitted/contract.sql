-- what callers of basepool.record_submitted rely on
begin;
select plan(9);

select has_function('basepool', 'record_submitted', array['uuid', 'jsonb', 'boolean']);
select is(pg_get_function_result('basepool.record_submitted(uuid, jsonb, boolean)'::regprocedure), 'text', 'returns');
select function_lang_is('basepool', 'record_submitted', array['uuid', 'jsonb', 'boolean'], 'plpgsql');
select volatility_is('basepool', 'record_submitted', array['uuid', 'jsonb', 'boolean'], 'volatile');
select is_definer('basepool', 'record_submitted', array['uuid', 'jsonb', 'boolean']);
select function_privs_are('basepool', 'record_submitted', array['uuid', 'jsonb', 'boolean'], 'anon', array[]::text []);
select function_privs_are('basepool', 'record_submitted', array['uuid', 'jsonb', 'boolean'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'record_submitted', array['uuid', 'jsonb', 'boolean'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'record_submitted',
  array['uuid', 'jsonb', 'boolean'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
