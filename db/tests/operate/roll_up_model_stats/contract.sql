-- what callers of basepool.roll_up_model_stats rely on
begin;
select plan(9);

select has_function('basepool', 'roll_up_model_stats', array[]::text []);
select is(
  pg_get_function_result('basepool.roll_up_model_stats()'::regprocedure),
  'integer',
  'returns'
);
select function_lang_is('basepool', 'roll_up_model_stats', array[]::text [], 'plpgsql');
select volatility_is('basepool', 'roll_up_model_stats', array[]::text [], 'volatile');
select isnt_definer('basepool', 'roll_up_model_stats', array[]::text []);
select function_privs_are('basepool', 'roll_up_model_stats', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'roll_up_model_stats', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'roll_up_model_stats', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'roll_up_model_stats', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
