-- what callers of basepool.diagnose rely on
begin;
select plan(9);

select has_function('basepool', 'diagnose', array[]::text []);
select is(
  pg_get_function_result('basepool.diagnose()'::regprocedure),
  'TABLE(name text, severity text, says text, remedy text, fix text)',
  'returns'
);
select function_lang_is('basepool', 'diagnose', array[]::text [], 'plpgsql');
select volatility_is('basepool', 'diagnose', array[]::text [], 'volatile');
select is_definer('basepool', 'diagnose', array[]::text []);
select function_privs_are('basepool', 'diagnose', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'diagnose', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'diagnose', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'diagnose', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
