-- what callers of basepool._percentile rely on
begin;
select plan(9);

select has_function('basepool', '_percentile', array['jsonb', 'double precision']);
select is(pg_get_function_result('basepool._percentile(jsonb,double precision)'::regprocedure), 'numeric', 'returns');
select function_lang_is('basepool', '_percentile', array['jsonb', 'double precision'], 'sql');
select volatility_is('basepool', '_percentile', array['jsonb', 'double precision'], 'immutable');
select isnt_definer('basepool', '_percentile', array['jsonb', 'double precision']);
select function_privs_are('basepool', '_percentile', array['jsonb', 'double precision'], 'anon', array[]::text []);
select function_privs_are('basepool', '_percentile', array['jsonb', 'double precision'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_percentile', array['jsonb', 'double precision'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_percentile', array['jsonb', 'double precision'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
