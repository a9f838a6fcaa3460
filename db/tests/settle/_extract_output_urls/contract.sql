-- what callers of basepool._extract_output_urls rely on
begin;
select plan(9);

select has_function('basepool', '_extract_output_urls', array['jsonb']);
select is(pg_get_function_result('basepool._extract_output_urls(jsonb)'::regprocedure), 'text[]', 'returns');
select function_lang_is('basepool', '_extract_output_urls', array['jsonb'], 'plpgsql');
select volatility_is('basepool', '_extract_output_urls', array['jsonb'], 'immutable');
select isnt_definer('basepool', '_extract_output_urls', array['jsonb']);
select function_privs_are('basepool', '_extract_output_urls', array['jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', '_extract_output_urls', array['jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_extract_output_urls', array['jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_extract_output_urls', array['jsonb'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
