-- what callers of basepool.get_output_secret rely on
begin;
select plan(9);

select has_function('basepool', 'get_output_secret', array[]::text []);
select is(pg_get_function_result('basepool.get_output_secret()'::regprocedure), 'text', 'returns');
select function_lang_is('basepool', 'get_output_secret', array[]::text [], 'plpgsql');
select volatility_is('basepool', 'get_output_secret', array[]::text [], 'volatile');
select is_definer('basepool', 'get_output_secret', array[]::text []);
select function_privs_are('basepool', 'get_output_secret', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'get_output_secret', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'get_output_secret', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'get_output_secret', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
