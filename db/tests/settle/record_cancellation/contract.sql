-- what callers of basepool.record_cancellation rely on
begin;
select plan(9);

select has_function('basepool', 'record_cancellation', array['uuid', 'integer', 'text']);
select is(pg_get_function_result('basepool.record_cancellation(uuid, integer, text)'::regprocedure), 'void', 'returns');
select function_lang_is('basepool', 'record_cancellation', array['uuid', 'integer', 'text'], 'plpgsql');
select volatility_is('basepool', 'record_cancellation', array['uuid', 'integer', 'text'], 'volatile');
select is_definer('basepool', 'record_cancellation', array['uuid', 'integer', 'text']);
select function_privs_are('basepool', 'record_cancellation', array['uuid', 'integer', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'record_cancellation', array['uuid', 'integer', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'record_cancellation', array['uuid', 'integer', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'record_cancellation',
  array['uuid', 'integer', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
