-- what callers of basepool.page_money rely on
begin;
select plan(10);

select has_function('basepool', 'page_money', array['text', 'integer']);
select is(pg_get_function_result('basepool.page_money(text, integer)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_money', array['text', 'integer'], 'plpgsql');
select volatility_is('basepool', 'page_money', array['text', 'integer'], 'stable');
select is_definer('basepool', 'page_money', array['text', 'integer']);
select function_privs_are('basepool', 'page_money', array['text', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_money', array['text', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_money', array['text', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'page_money', array['text', 'integer'], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'page_money', array['text', 'integer'], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
