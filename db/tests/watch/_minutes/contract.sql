-- what callers of basepool._minutes rely on
begin;
select plan(9);

select has_function('basepool', '_minutes', array['timestamp with time zone', 'integer']);
select is(
  pg_get_function_result('basepool._minutes(timestamptz,integer)'::regprocedure)
  , 'TABLE(minute timestamp with time zone, leased integer, succeeded integer, failed integer, '
  || 'wait_p50 double precision, wait_p95 double precision)', 'returns'
);
select function_lang_is('basepool', '_minutes', array['timestamp with time zone', 'integer'], 'sql');
select volatility_is('basepool', '_minutes', array['timestamp with time zone', 'integer'], 'stable');
select isnt_definer('basepool', '_minutes', array['timestamp with time zone', 'integer']);
select function_privs_are('basepool', '_minutes', array['timestamp with time zone', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', '_minutes', array['timestamp with time zone', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_minutes', array['timestamp with time zone', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_minutes', array['timestamp with time zone', 'integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
