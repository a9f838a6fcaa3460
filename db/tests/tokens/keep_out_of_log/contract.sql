-- what callers of basepool.keep_out_of_log rely on
begin;
select plan(9);

select has_function('basepool', 'keep_out_of_log', array[]::text []);
select is(pg_get_function_result('basepool.keep_out_of_log()'::regprocedure), 'text[]', 'returns');
select function_lang_is('basepool', 'keep_out_of_log', array[]::text [], 'plpgsql');
select volatility_is('basepool', 'keep_out_of_log', array[]::text [], 'volatile');
select is_definer('basepool', 'keep_out_of_log', array[]::text []);
select function_privs_are('basepool', 'keep_out_of_log', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', 'keep_out_of_log', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'keep_out_of_log', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', 'keep_out_of_log', array[]::text [], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
