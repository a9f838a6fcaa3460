-- what callers of basepool.get_token_stats rely on
begin;
select plan(9);

select has_function('basepool', 'get_token_stats', array['interval']);
select is(pg_get_function_result('basepool.get_token_stats(interval)'::regprocedure),
  'TABLE(token_id integer, account text, state text, reason text, back_at timestamp with time zone, '
  || 'in_flight integer, free integer, leases integer, succeeded integer, failed integer, canceled integer, '
  || 'rejected integer, open integer, success_rate numeric, predict_seconds numeric, errors jsonb, '
  || 'queue_p50 numeric, queue_p95 numeric, submit_p50 numeric, submit_p95 numeric, predict_p50 numeric, '
  || 'predict_p95 numeric)', 'returns');
select function_lang_is('basepool', 'get_token_stats', array['interval'], 'plpgsql');
select volatility_is('basepool', 'get_token_stats', array['interval'], 'volatile');
select is_definer('basepool', 'get_token_stats', array['interval']);
select function_privs_are('basepool', 'get_token_stats', array['interval'], 'anon', array[]::text []);
select function_privs_are('basepool', 'get_token_stats', array['interval'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'get_token_stats', array['interval'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'get_token_stats', array['interval'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
