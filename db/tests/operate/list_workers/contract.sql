-- what callers of basepool.list_workers rely on
begin;
select plan(9);

select has_function('basepool', 'list_workers', array[]::text []);
select is(
  pg_get_function_result('basepool.list_workers()'::regprocedure),
  'TABLE(name text, version text, schema_version integer, since timestamp with time zone, heard_at timestamp with time zone'
  || ', is_silent boolean, doing text, hands integer, hands_free integer, busy_since timestamp with time zone)',
  'returns'
);
select function_lang_is('basepool', 'list_workers', array[]::text [], 'sql');
select volatility_is('basepool', 'list_workers', array[]::text [], 'stable');
select is_definer('basepool', 'list_workers', array[]::text []);
select function_privs_are('basepool', 'list_workers', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'list_workers', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'list_workers', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'list_workers', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
