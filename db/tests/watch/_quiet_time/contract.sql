-- what callers of basepool._quiet_time rely on
begin;
select plan(9);

create temporary table arguments as
select array['text', 'timestamp with time zone'] as types;
select has_function('basepool', '_quiet_time', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._quiet_time(text,timestamp with time zone)'::regprocedure)
  , 'interval'
  , 'returns'
);
select function_lang_is('basepool', '_quiet_time', a.types, 'sql') from arguments as a;
select volatility_is('basepool', '_quiet_time', a.types, 'stable') from arguments as a;
select isnt_definer('basepool', '_quiet_time', a.types) from arguments as a;
select function_privs_are('basepool', '_quiet_time', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_quiet_time', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_quiet_time', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_quiet_time', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
