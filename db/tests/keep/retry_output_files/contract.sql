-- what callers of basepool.retry_output_files rely on
begin;
select plan(9);

select has_function('basepool', 'retry_output_files', array['uuid']);
select is(pg_get_function_result('basepool.retry_output_files(uuid)'::regprocedure), 'integer', 'returns');
select function_lang_is('basepool', 'retry_output_files', array['uuid'], 'plpgsql');
select volatility_is('basepool', 'retry_output_files', array['uuid'], 'volatile');
select is_definer('basepool', 'retry_output_files', array['uuid']);
select function_privs_are('basepool', 'retry_output_files', array['uuid'], 'anon', array[]::text []);
select function_privs_are('basepool', 'retry_output_files', array['uuid'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'retry_output_files', array['uuid'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'retry_output_files', array['uuid'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
