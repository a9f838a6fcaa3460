-- what callers of basepool.get_status rely on
begin;
select plan(9);

select has_function('basepool', 'get_status', array[]::text []);
select is(pg_get_function_result('basepool.get_status()'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'get_status', array[]::text [], 'plpgsql');
select volatility_is('basepool', 'get_status', array[]::text [], 'volatile');
select is_definer('basepool', 'get_status', array[]::text []);
select function_privs_are('basepool', 'get_status', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'get_status', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'get_status', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'get_status', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
