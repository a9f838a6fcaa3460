-- what callers of basepool.list_audit rely on
begin;
select plan(9);

select has_function('basepool', 'list_audit', array['interval', 'integer']);
select is(
  pg_get_function_result('basepool.list_audit(interval, integer)'::regprocedure),
  'TABLE(id bigint, at timestamp with time zone, action text, target text, details jsonb, login text, role text,'
  || ' application text, actor text)',
  'returns'
);
select function_lang_is('basepool', 'list_audit', array['interval', 'integer'], 'sql');
select volatility_is('basepool', 'list_audit', array['interval', 'integer'], 'stable');
select is_definer('basepool', 'list_audit', array['interval', 'integer']);
select function_privs_are('basepool', 'list_audit', array['interval', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'list_audit', array['interval', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'list_audit', array['interval', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'list_audit', array['interval', 'integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
