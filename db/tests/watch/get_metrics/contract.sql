-- what callers of basepool.get_metrics rely on
begin;
select plan(9);

select has_function('basepool', 'get_metrics', array[]::text []);
select is(
  pg_get_function_result('basepool.get_metrics()'::regprocedure)
  , 'TABLE(name text, kind text, help text, labels jsonb, value double precision)', 'returns'
);
select function_lang_is('basepool', 'get_metrics', array[]::text [], 'plpgsql');
select volatility_is('basepool', 'get_metrics', array[]::text [], 'volatile');
select is_definer('basepool', 'get_metrics', array[]::text []);
select function_privs_are('basepool', 'get_metrics', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'get_metrics', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'get_metrics', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'get_metrics', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
