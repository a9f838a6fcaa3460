-- what callers of basepool.cancel_generations rely on
begin;
select plan(9);

select has_function('basepool', 'cancel_generations', array['uuid', 'text', 'boolean', 'boolean', 'jsonb', 'integer']);
select is(
  pg_get_function_result('basepool.cancel_generations(uuid, text, boolean, boolean, jsonb, integer)'::regprocedure),
  'jsonb',
  'returns'
);
select function_lang_is(
  'basepool', 'cancel_generations', array['uuid', 'text', 'boolean', 'boolean', 'jsonb', 'integer'], 'plpgsql'
);
select volatility_is('basepool', 'cancel_generations', array['uuid', 'text', 'boolean', 'boolean', 'jsonb', 'integer'], 'volatile');
select is_definer('basepool', 'cancel_generations', array['uuid', 'text', 'boolean', 'boolean', 'jsonb', 'integer']);
select function_privs_are(
  'basepool', 'cancel_generations', array['uuid', 'text', 'boolean', 'boolean', 'jsonb', 'integer']
  , 'anon', array[]::text []
);
select function_privs_are(
  'basepool', 'cancel_generations', array['uuid', 'text', 'boolean', 'boolean', 'jsonb', 'integer']
  , 'authenticated', array[]::text []
);
select function_privs_are(
  'basepool', 'cancel_generations', array['uuid', 'text', 'boolean', 'boolean', 'jsonb', 'integer']
  , 'service_role', array[]::text []
);
select function_privs_are(
  'basepool', 'cancel_generations', array['uuid', 'text', 'boolean', 'boolean', 'jsonb', 'integer']
  , 'basepool_glue', array['EXECUTE']::text []
);

select * from finish();
rollback;
