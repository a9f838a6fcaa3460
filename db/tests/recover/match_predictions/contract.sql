-- what callers of basepool.match_predictions rely on
begin;
select plan(9);

select has_function('basepool', 'match_predictions', array['bigint', 'jsonb', 'boolean']);
select is(
  pg_get_function_result('basepool.match_predictions(bigint, jsonb, boolean)'::regprocedure),
  'TABLE(attempt_id uuid, prediction_id text)',
  'returns'
);
select function_lang_is('basepool', 'match_predictions', array['bigint', 'jsonb', 'boolean'], 'plpgsql');
select volatility_is('basepool', 'match_predictions', array['bigint', 'jsonb', 'boolean'], 'volatile');
select is_definer('basepool', 'match_predictions', array['bigint', 'jsonb', 'boolean']);
select function_privs_are(
  'basepool', 'match_predictions', array['bigint', 'jsonb', 'boolean'], 'anon', array[]::text []
);
select function_privs_are(
  'basepool', 'match_predictions', array['bigint', 'jsonb', 'boolean'], 'authenticated', array[]::text []
);
select function_privs_are(
  'basepool', 'match_predictions', array['bigint', 'jsonb', 'boolean'], 'service_role', array[]::text []
);
select function_privs_are(
  'basepool', 'match_predictions', array['bigint', 'jsonb', 'boolean'], 'basepool_glue', array['EXECUTE']
);

select * from finish();
rollback;
