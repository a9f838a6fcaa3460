-- what callers of basepool.get_generation rely on
begin;
select plan(9);

select has_function('basepool', 'get_generation', array['uuid']);
select is(pg_get_function_result('basepool.get_generation(uuid)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'get_generation', array['uuid'], 'plpgsql');
select volatility_is('basepool', 'get_generation', array['uuid'], 'volatile');
select is_definer('basepool', 'get_generation', array['uuid']);
select function_privs_are('basepool', 'get_generation', array['uuid'], 'anon', array[]::text []);
select function_privs_are('basepool', 'get_generation', array['uuid'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'get_generation', array['uuid'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'get_generation', array['uuid'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
