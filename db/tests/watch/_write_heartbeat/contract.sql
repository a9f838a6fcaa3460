-- what callers of basepool._write_heartbeat rely on
begin;
select plan(9);

create temporary table arguments as
select array['timestamp with time zone'] as types;
select has_function('basepool', '_write_heartbeat', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._write_heartbeat(timestamp with time zone)'::regprocedure)
  , 'boolean'
  , 'returns'
);
select function_lang_is('basepool', '_write_heartbeat', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', '_write_heartbeat', a.types, 'volatile') from arguments as a;
select isnt_definer('basepool', '_write_heartbeat', a.types) from arguments as a;
select function_privs_are('basepool', '_write_heartbeat', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_write_heartbeat', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_write_heartbeat', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_write_heartbeat', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
