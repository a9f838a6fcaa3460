-- what callers of basepool._silent_cron rely on
begin;
select plan(9);

create temporary table arguments as
select array['timestamp with time zone'] as types;
select has_function('basepool', '_silent_cron', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._silent_cron(timestamp with time zone)'::regprocedure)
  , 'TABLE(last_run timestamp with time zone)'
  , 'returns'
);
select function_lang_is('basepool', '_silent_cron', a.types, 'sql') from arguments as a;
select volatility_is('basepool', '_silent_cron', a.types, 'stable') from arguments as a;
select isnt_definer('basepool', '_silent_cron', a.types) from arguments as a;
select function_privs_are('basepool', '_silent_cron', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_silent_cron', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_silent_cron', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_silent_cron', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
