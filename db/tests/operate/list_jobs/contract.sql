-- what callers of basepool.list_jobs rely on
begin;
select plan(9);

select has_function('basepool', 'list_jobs', array[]::text []);
select is(
  pg_get_function_result('basepool.list_jobs()'::regprocedure),
  'TABLE(name text, runs_in text, schedule text, does text, last_run timestamp with time zone, ok boolean)',
  'returns'
);
select function_lang_is('basepool', 'list_jobs', array[]::text [], 'sql');
select volatility_is('basepool', 'list_jobs', array[]::text [], 'stable');
select is_definer('basepool', 'list_jobs', array[]::text []);
select function_privs_are('basepool', 'list_jobs', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'list_jobs', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'list_jobs', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'list_jobs', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
