-- what callers of basepool._list_alerts rely on
begin;
select plan(9);

create temporary table arguments as
select array[]::text [] as types;
select has_function('basepool', '_list_alerts', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._list_alerts()'::regprocedure)
  , 'TABLE(name text, severity text, says text, opened_at timestamp with time zone)'
  , 'returns'
);
select function_lang_is('basepool', '_list_alerts', a.types, 'sql') from arguments as a;
select volatility_is('basepool', '_list_alerts', a.types, 'stable') from arguments as a;
select isnt_definer('basepool', '_list_alerts', a.types) from arguments as a;
select function_privs_are('basepool', '_list_alerts', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_list_alerts', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_list_alerts', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_list_alerts', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
