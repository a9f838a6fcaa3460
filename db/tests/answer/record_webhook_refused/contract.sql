-- what callers of basepool.record_webhook_refused rely on
begin;
select plan(9);

select has_function('basepool', 'record_webhook_refused', array['uuid', 'text', 'text']);
select is(pg_get_function_result('basepool.record_webhook_refused(uuid, text, text)'::regprocedure), 'void', 'returns');
select function_lang_is('basepool', 'record_webhook_refused', array['uuid', 'text', 'text'], 'sql');
select volatility_is('basepool', 'record_webhook_refused', array['uuid', 'text', 'text'], 'volatile');
select is_definer('basepool', 'record_webhook_refused', array['uuid', 'text', 'text']);
select function_privs_are('basepool', 'record_webhook_refused', array['uuid', 'text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'record_webhook_refused', array['uuid', 'text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'record_webhook_refused', array['uuid', 'text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'record_webhook_refused',
  array['uuid', 'text', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
