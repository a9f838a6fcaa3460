-- what callers of basepool.keep_outputs rely on
begin;
select plan(9);

select has_function('basepool', 'keep_outputs', array['interval', 'uuid', 'integer']);
select is(pg_get_function_result('basepool.keep_outputs(interval, uuid, integer)'::regprocedure), 'integer', 'returns');
select function_lang_is('basepool', 'keep_outputs', array['interval', 'uuid', 'integer'], 'plpgsql');
select volatility_is('basepool', 'keep_outputs', array['interval', 'uuid', 'integer'], 'volatile');
select is_definer('basepool', 'keep_outputs', array['interval', 'uuid', 'integer']);
select function_privs_are('basepool', 'keep_outputs', array['interval', 'uuid', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'keep_outputs', array['interval', 'uuid', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'keep_outputs', array['interval', 'uuid', 'integer'], 'service_role', array[]::text []);
select function_privs_are(
  'basepool',
  'keep_outputs',
  array['interval', 'uuid', 'integer'],
  'basepool_glue',
  array['EXECUTE']::text []
);

select * from finish();
rollback;
