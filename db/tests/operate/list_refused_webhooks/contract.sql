-- what callers of basepool.list_refused_webhooks rely on
begin;
select plan(9);

select has_function('basepool', 'list_refused_webhooks', array['interval']);
select is(
  pg_get_function_result('basepool.list_refused_webhooks(interval)'::regprocedure),
  'TABLE(account text, reason text, times integer, since timestamp with time zone, last timestamp with time zone,'
  || ' last_attempt uuid)',
  'returns'
);
select function_lang_is('basepool', 'list_refused_webhooks', array['interval'], 'sql');
select volatility_is('basepool', 'list_refused_webhooks', array['interval'], 'stable');
select is_definer('basepool', 'list_refused_webhooks', array['interval']);
select function_privs_are('basepool', 'list_refused_webhooks', array['interval'], 'anon', array[]::text []);
select function_privs_are('basepool', 'list_refused_webhooks', array['interval'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'list_refused_webhooks', array['interval'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'list_refused_webhooks', array['interval'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
