-- what callers of basepool.page_find rely on
begin;
select plan(10);

select has_function('basepool', 'page_find', array['text']);
select is(pg_get_function_result('basepool.page_find(text)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_find', array['text'], 'plpgsql');
select volatility_is('basepool', 'page_find', array['text'], 'stable');
select is_definer('basepool', 'page_find', array['text']);
select function_privs_are('basepool', 'page_find', array['text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_find', array['text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_find', array['text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'page_find', array['text'], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'page_find', array['text'], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
