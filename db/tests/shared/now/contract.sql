-- what callers of basepool.now rely on
begin;
select plan(9);

select has_function('basepool', 'now', array[]::text []);
select is(pg_get_function_result('basepool.now()'::regprocedure), 'timestamp with time zone', 'returns');
select function_lang_is('basepool', 'now', array[]::text [], 'sql');
select volatility_is('basepool', 'now', array[]::text [], 'volatile');
select isnt_definer('basepool', 'now', array[]::text []);
select function_privs_are('basepool', 'now', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'now', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'now', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'now', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
