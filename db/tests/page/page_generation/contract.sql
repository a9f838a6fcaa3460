-- what callers of basepool.page_generation rely on
begin;
select plan(10);

select has_function('basepool', 'page_generation', array['uuid']);
select is(pg_get_function_result('basepool.page_generation(uuid)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_generation', array['uuid'], 'plpgsql');
select volatility_is('basepool', 'page_generation', array['uuid'], 'stable');
select is_definer('basepool', 'page_generation', array['uuid']);
select function_privs_are('basepool', 'page_generation', array['uuid'], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_generation', array['uuid'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_generation', array['uuid'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'page_generation', array['uuid'], 'basepool_glue', array['EXECUTE']::text []);
select function_privs_are('basepool', 'page_generation', array['uuid'], 'basepool_operator', array['EXECUTE']::text []);

select * from finish();
rollback;
