-- what callers of basepool.record_rejected rely on
begin;
select plan(9);

select has_function('basepool', 'record_rejected', array['uuid', 'text', 'integer', 'text']);
select is(pg_get_function_result('basepool.record_rejected(uuid, text, integer, text)'::regprocedure), 'record', 'returns');
select function_lang_is('basepool', 'record_rejected', array['uuid', 'text', 'integer', 'text'], 'plpgsql');
select volatility_is('basepool', 'record_rejected', array['uuid', 'text', 'integer', 'text'], 'volatile');
select is_definer('basepool', 'record_rejected', array['uuid', 'text', 'integer', 'text']);
select function_privs_are('basepool', 'record_rejected', array['uuid', 'text', 'integer', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'record_rejected',
  array['uuid', 'text', 'integer', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'record_rejected',
  array['uuid', 'text', 'integer', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'record_rejected',
  array['uuid', 'text', 'integer', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
