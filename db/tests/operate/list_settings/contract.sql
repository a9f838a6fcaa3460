-- what callers of basepool.list_settings rely on
begin;
select plan(9);

select has_function('basepool', 'list_settings', array[]::text []);
select is(
  pg_get_function_result('basepool.list_settings()'::regprocedure),
  'TABLE(name text, value text, default_value text, unit text, allowed text, means text)',
  'returns'
);
select function_lang_is('basepool', 'list_settings', array[]::text [], 'sql');
select volatility_is('basepool', 'list_settings', array[]::text [], 'stable');
select is_definer('basepool', 'list_settings', array[]::text []);
select function_privs_are('basepool', 'list_settings', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'list_settings', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'list_settings', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'list_settings', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
