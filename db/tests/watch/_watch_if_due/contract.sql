-- what callers of basepool._watch_if_due rely on
begin;
select plan(9);

create temporary table arguments as
select array['timestamp with time zone'] as types;
select has_function('basepool', '_watch_if_due', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._watch_if_due(timestamp with time zone)'::regprocedure)
  , 'boolean'
  , 'returns'
);
select function_lang_is('basepool', '_watch_if_due', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', '_watch_if_due', a.types, 'volatile') from arguments as a;
select isnt_definer('basepool', '_watch_if_due', a.types) from arguments as a;
select function_privs_are('basepool', '_watch_if_due', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_watch_if_due', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_watch_if_due', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_watch_if_due', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
