-- what callers of basepool.claim_cancellations rely on
begin;
select plan(9);

select has_function('basepool', 'claim_cancellations', array['integer']);
select is(pg_get_function_result('basepool.claim_cancellations(integer)'::regprocedure),
  'TABLE(attempt_id uuid, prediction_id text, token text)', 'returns');
select function_lang_is('basepool', 'claim_cancellations', array['integer'], 'plpgsql');
select volatility_is('basepool', 'claim_cancellations', array['integer'], 'volatile');
select is_definer('basepool', 'claim_cancellations', array['integer']);
select function_privs_are('basepool', 'claim_cancellations', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'claim_cancellations', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'claim_cancellations', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'claim_cancellations',
  array['integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
