-- what callers of basepool.apply_predictions rely on
begin;
select plan(9);

select has_function('basepool', 'apply_predictions', array['jsonb']);
select is(
  pg_get_function_result('basepool.apply_predictions(jsonb)'::regprocedure),
  'TABLE(nth integer, outcome text, error jsonb)', 'returns'
);
select function_lang_is('basepool', 'apply_predictions', array['jsonb'], 'plpgsql');
select volatility_is('basepool', 'apply_predictions', array['jsonb'], 'volatile');
select is_definer('basepool', 'apply_predictions', array['jsonb']);
select function_privs_are('basepool', 'apply_predictions', array['jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', 'apply_predictions', array['jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'apply_predictions', array['jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'apply_predictions', array['jsonb'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
