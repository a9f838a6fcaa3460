-- what callers of basepool.get_alert_message rely on
begin;
select plan(9);

create temporary table arguments as
select array['bigint'] as types;
select has_function('basepool', 'get_alert_message', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool.get_alert_message(bigint)'::regprocedure)
  , 'jsonb'
  , 'returns'
);
select function_lang_is('basepool', 'get_alert_message', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', 'get_alert_message', a.types, 'volatile') from arguments as a;
select is_definer('basepool', 'get_alert_message', a.types) from arguments as a;
select function_privs_are('basepool', 'get_alert_message', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'get_alert_message', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'get_alert_message', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'get_alert_message', a.types, 'basepool_glue', array['EXECUTE']) from arguments as a;

select * from finish();
rollback;
