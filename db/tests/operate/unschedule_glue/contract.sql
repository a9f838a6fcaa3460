-- what callers of basepool.unschedule_glue rely on
begin;
select plan(9);

select has_function('basepool', 'unschedule_glue', array[]::text []);
select is(
  pg_get_function_result('basepool.unschedule_glue()'::regprocedure),
  'integer',
  'returns'
);
select function_lang_is('basepool', 'unschedule_glue', array[]::text [], 'plpgsql');
select volatility_is('basepool', 'unschedule_glue', array[]::text [], 'volatile');
select isnt_definer('basepool', 'unschedule_glue', array[]::text []);
select function_privs_are('basepool', 'unschedule_glue', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'unschedule_glue', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'unschedule_glue', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'unschedule_glue', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
