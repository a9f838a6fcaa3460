-- what callers of basepool.page_input rely on
begin;
select plan(10);

select has_function('basepool', 'page_input', array['uuid', 'text']);
select is(pg_get_function_result('basepool.page_input(uuid, text)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_input', array['uuid', 'text'], 'plpgsql');
select volatility_is('basepool', 'page_input', array['uuid', 'text'], 'volatile');
select is_definer('basepool', 'page_input', array['uuid', 'text']);
select function_privs_are('basepool', 'page_input', array['uuid', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_input', array['uuid', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_input', array['uuid', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'page_input', array['uuid', 'text'], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'page_input', array['uuid', 'text'], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
