-- what callers of basepool.list_cutover rely on
begin;
select plan(9);

select has_function('basepool', 'list_cutover', array[]::text []);
select is(
  pg_get_function_result('basepool.list_cutover()'::regprocedure),
  'TABLE(kind text, pattern text, percent numeric, changed_at timestamp with time zone, ours bigint, ours_failed bigint, '
  'apps bigint, apps_failed bigint, waiting bigint, in_flight bigint)',
  'returns'
);
select function_lang_is('basepool', 'list_cutover', array[]::text [], 'sql');
select volatility_is('basepool', 'list_cutover', array[]::text [], 'stable');
select is_definer('basepool', 'list_cutover', array[]::text []);
select function_privs_are('basepool', 'list_cutover', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'list_cutover', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'list_cutover', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'list_cutover', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
