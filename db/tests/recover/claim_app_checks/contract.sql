-- what callers of basepool.claim_app_checks rely on
begin;
select plan(9);

select has_function('basepool', 'claim_app_checks', array['integer']::text []);
select is(
  pg_get_function_result('basepool.claim_app_checks(integer)'::regprocedure)
  , 'TABLE(generation_id uuid, prediction_id text, account_id bigint, token text)', 'returns'
);
select function_lang_is('basepool', 'claim_app_checks', array['integer']::text [], 'plpgsql');
select volatility_is('basepool', 'claim_app_checks', array['integer']::text [], 'volatile');
select is_definer('basepool', 'claim_app_checks', array['integer']::text []);
select function_privs_are('basepool', 'claim_app_checks', array['integer']::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'claim_app_checks', array['integer']::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'claim_app_checks', array['integer']::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'claim_app_checks', array['integer']::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
