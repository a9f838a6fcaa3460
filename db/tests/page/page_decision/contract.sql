-- what callers of basepool.page_decision rely on
begin;
select plan(10);

select has_function('basepool', 'page_decision', array['bigint']);
select is(pg_get_function_result('basepool.page_decision(bigint)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_decision', array['bigint'], 'plpgsql');
select volatility_is('basepool', 'page_decision', array['bigint'], 'stable');
select is_definer('basepool', 'page_decision', array['bigint']);
select function_privs_are('basepool', 'page_decision', array['bigint'], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_decision', array['bigint'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_decision', array['bigint'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'page_decision', array['bigint'], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'page_decision', array['bigint'], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
