-- what callers of basepool._bucket_bounds rely on
begin;
select plan(9);

select has_function('basepool', '_bucket_bounds', array[]::text []);
select is(pg_get_function_result('basepool._bucket_bounds()'::regprocedure), 'double precision[]', 'returns');
select function_lang_is('basepool', '_bucket_bounds', array[]::text [], 'sql');
select volatility_is('basepool', '_bucket_bounds', array[]::text [], 'immutable');
select isnt_definer('basepool', '_bucket_bounds', array[]::text []);
select function_privs_are('basepool', '_bucket_bounds', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_bucket_bounds', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_bucket_bounds', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_bucket_bounds', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
