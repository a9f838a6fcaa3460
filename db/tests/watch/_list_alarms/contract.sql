-- what callers of basepool._list_alarms rely on
begin;
select plan(9);

create temporary table arguments as
select array['timestamp with time zone'] as types;
select has_function('basepool', '_list_alarms', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._list_alarms(timestamp with time zone)'::regprocedure)
  , 'TABLE(name text, severity text, says text, is_complete boolean)'
  , 'returns'
);
select function_lang_is('basepool', '_list_alarms', a.types, 'sql') from arguments as a;
select volatility_is('basepool', '_list_alarms', a.types, 'volatile') from arguments as a;
select isnt_definer('basepool', '_list_alarms', a.types) from arguments as a;
select function_privs_are('basepool', '_list_alarms', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_list_alarms', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_list_alarms', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_list_alarms', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
