-- what callers of basepool._count_minutes rely on
begin;
select plan(9);

select has_function('basepool', '_count_minutes', array['timestamp with time zone']);
select is(
  pg_get_function_result('basepool._count_minutes(timestamptz)'::regprocedure)
  , 'TABLE(minute timestamp with time zone, leased bigint, succeeded bigint, failed bigint, '
  || 'rejected bigint, buckets jsonb)', 'returns'
);
select function_lang_is('basepool', '_count_minutes', array['timestamp with time zone'], 'plpgsql');
select volatility_is('basepool', '_count_minutes', array['timestamp with time zone'], 'stable');
select isnt_definer('basepool', '_count_minutes', array['timestamp with time zone']);
select function_privs_are('basepool', '_count_minutes', array['timestamp with time zone'], 'anon', array[]::text []);
select function_privs_are('basepool', '_count_minutes', array['timestamp with time zone'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_count_minutes', array['timestamp with time zone'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_count_minutes', array['timestamp with time zone'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
