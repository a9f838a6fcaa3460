-- what callers of basepool.page_what_if rely on
begin;
select plan(10);

select has_function('basepool', 'page_what_if', array['jsonb']);
select is(pg_get_function_result('basepool.page_what_if(jsonb)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_what_if', array['jsonb'], 'plpgsql');
select volatility_is('basepool', 'page_what_if', array['jsonb'], 'volatile');
select is_definer('basepool', 'page_what_if', array['jsonb']);
select function_privs_are('basepool', 'page_what_if', array['jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_what_if', array['jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_what_if', array['jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'page_what_if', array['jsonb'], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'page_what_if', array['jsonb'], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
