-- what callers of basepool.match_predictions rely on
begin;
select plan(9);

select has_function('basepool', 'match_predictions', array['bigint', 'timestamp with time zone', 'jsonb']);
select is(
  pg_get_function_result('basepool.match_predictions(bigint, timestamp with time zone, jsonb)'::regprocedure),
  'TABLE(attempt_id uuid, prediction_id text)',
  'returns'
);
select function_lang_is('basepool', 'match_predictions', array['bigint', 'timestamp with time zone', 'jsonb'], 'plpgsql');
select volatility_is('basepool', 'match_predictions', array['bigint', 'timestamp with time zone', 'jsonb'], 'volatile');
select is_definer('basepool', 'match_predictions', array['bigint', 'timestamp with time zone', 'jsonb']);
select function_privs_are(
  'basepool', 'match_predictions', array['bigint', 'timestamp with time zone', 'jsonb'], 'anon', array[]::text []
);
select function_privs_are(
  'basepool', 'match_predictions', array['bigint', 'timestamp with time zone', 'jsonb'], 'authenticated', array[]::text []
);
select function_privs_are(
  'basepool', 'match_predictions', array['bigint', 'timestamp with time zone', 'jsonb'], 'service_role', array[]::text []
);
select function_privs_are(
  'basepool', 'match_predictions', array['bigint', 'timestamp with time zone', 'jsonb'], 'basepool_glue', array['EXECUTE']
);

select * from finish();
rollback;
