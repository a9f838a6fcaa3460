-- what callers of basepool.heartbeat rely on
begin;
select plan(9);

select has_function('basepool', 'heartbeat', array['text', 'text', 'integer', 'text', 'integer', 'integer', 'boolean']);
select is(
  pg_get_function_result('basepool.heartbeat(text, text, integer, text, integer, integer, boolean)'::regprocedure),
  'jsonb',
  'returns'
);
select function_lang_is('basepool', 'heartbeat', array['text', 'text', 'integer', 'text', 'integer', 'integer', 'boolean'], 'plpgsql');
select volatility_is('basepool', 'heartbeat', array['text', 'text', 'integer', 'text', 'integer', 'integer', 'boolean'], 'volatile');
select is_definer('basepool', 'heartbeat', array['text', 'text', 'integer', 'text', 'integer', 'integer', 'boolean']);
select function_privs_are('basepool', 'heartbeat', array['text', 'text', 'integer', 'text', 'integer', 'integer', 'boolean'], 'anon', array[]::text []);
select function_privs_are('basepool', 'heartbeat', array['text', 'text', 'integer', 'text', 'integer', 'integer', 'boolean'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'heartbeat', array['text', 'text', 'integer', 'text', 'integer', 'integer', 'boolean'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'heartbeat', array['text', 'text', 'integer', 'text', 'integer', 'integer', 'boolean'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
