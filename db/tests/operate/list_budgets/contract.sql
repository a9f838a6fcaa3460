-- what callers of basepool.list_budgets rely on
begin;
select plan(9);

select has_function('basepool', 'list_budgets', array[]::text []);
select is(
  pg_get_function_result('basepool.list_budgets()'::regprocedure)
  , 'TABLE(account text, seconds numeric, usd numeric, expected_seconds numeric, expected_usd numeric, '
  || 'budget_seconds numeric, budget_usd numeric, share numeric, until timestamp with time zone)', 'returns'
);
select function_lang_is('basepool', 'list_budgets', array[]::text [], 'plpgsql');
select volatility_is('basepool', 'list_budgets', array[]::text [], 'volatile');
select is_definer('basepool', 'list_budgets', array[]::text []);
select function_privs_are('basepool', 'list_budgets', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'list_budgets', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'list_budgets', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'list_budgets', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
