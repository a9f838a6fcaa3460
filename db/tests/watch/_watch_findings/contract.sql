-- what callers of basepool._watch_findings rely on
begin;
select plan(9);

create temporary table arguments as
select array['timestamp with time zone'] as types;
select has_function('basepool', '_watch_findings', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._watch_findings(timestamp with time zone)'::regprocedure)
  , 'TABLE(name text, says text)'
  , 'returns'
);
select function_lang_is('basepool', '_watch_findings', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', '_watch_findings', a.types, 'volatile') from arguments as a;
select isnt_definer('basepool', '_watch_findings', a.types) from arguments as a;
select function_privs_are('basepool', '_watch_findings', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_watch_findings', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_watch_findings', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_watch_findings', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
