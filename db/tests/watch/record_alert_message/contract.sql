-- what callers of basepool.record_alert_message rely on
begin;
select plan(9);

create temporary table arguments as
select array['uuid', 'integer', 'text'] as types;
select has_function('basepool', 'record_alert_message', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool.record_alert_message(uuid,integer,text)'::regprocedure)
  , 'text'
  , 'returns'
);
select function_lang_is('basepool', 'record_alert_message', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', 'record_alert_message', a.types, 'volatile') from arguments as a;
select is_definer('basepool', 'record_alert_message', a.types) from arguments as a;
select function_privs_are('basepool', 'record_alert_message', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'record_alert_message', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'record_alert_message', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'record_alert_message', a.types, 'basepool_glue', array['EXECUTE']) from arguments as a;

select * from finish();
rollback;
