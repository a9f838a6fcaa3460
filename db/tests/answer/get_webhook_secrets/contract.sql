-- what callers of basepool.get_webhook_secrets rely on
begin;
select plan(9);

select has_function('basepool', 'get_webhook_secrets', array['uuid']);
select is(pg_get_function_result('basepool.get_webhook_secrets(uuid)'::regprocedure), 'SETOF text', 'returns');
select function_lang_is('basepool', 'get_webhook_secrets', array['uuid'], 'plpgsql');
select volatility_is('basepool', 'get_webhook_secrets', array['uuid'], 'stable');
select is_definer('basepool', 'get_webhook_secrets', array['uuid']);
select function_privs_are('basepool', 'get_webhook_secrets', array['uuid'], 'anon', array[]::text []);
select function_privs_are('basepool', 'get_webhook_secrets', array['uuid'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'get_webhook_secrets', array['uuid'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'get_webhook_secrets', array['uuid'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
