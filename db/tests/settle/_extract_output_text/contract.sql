-- what callers of basepool._extract_output_text rely on
begin;
select plan(9);

select has_function('basepool', '_extract_output_text', array['jsonb']);
select is(pg_get_function_result('basepool._extract_output_text(jsonb)'::regprocedure), 'text', 'returns');
select function_lang_is('basepool', '_extract_output_text', array['jsonb'], 'plpgsql');
select volatility_is('basepool', '_extract_output_text', array['jsonb'], 'immutable');
select isnt_definer('basepool', '_extract_output_text', array['jsonb']);
select function_privs_are('basepool', '_extract_output_text', array['jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', '_extract_output_text', array['jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_extract_output_text', array['jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_extract_output_text', array['jsonb'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
