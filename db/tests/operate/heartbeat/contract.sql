-- what callers of basepool.heartbeat rely on
begin;
select plan(9);

create temporary table arguments as
select array['text', 'text', 'integer', 'text', 'integer', 'integer', 'boolean'] as types;
select has_function('basepool', 'heartbeat', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool.heartbeat(text, text, integer, text, integer, integer, boolean)'::regprocedure),
  'jsonb',
  'returns'
);
select function_lang_is('basepool', 'heartbeat', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', 'heartbeat', a.types, 'volatile') from arguments as a;
select is_definer('basepool', 'heartbeat', a.types) from arguments as a;
select function_privs_are('basepool', 'heartbeat', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'heartbeat', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'heartbeat', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'heartbeat', a.types, 'basepool_glue', array['EXECUTE']) from arguments as a;

select * from finish();
rollback;
