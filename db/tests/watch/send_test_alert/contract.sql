-- what callers of basepool.send_test_alert rely on
begin;
select plan(9);

create temporary table arguments as
select array[]::text [] as types;
select has_function('basepool', 'send_test_alert', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool.send_test_alert()'::regprocedure)
  , 'bigint'
  , 'returns'
);
select function_lang_is('basepool', 'send_test_alert', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', 'send_test_alert', a.types, 'volatile') from arguments as a;
select is_definer('basepool', 'send_test_alert', a.types) from arguments as a;
select function_privs_are('basepool', 'send_test_alert', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'send_test_alert', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'send_test_alert', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'send_test_alert', a.types, 'basepool_glue', array['EXECUTE']) from arguments as a;

select * from finish();
rollback;
