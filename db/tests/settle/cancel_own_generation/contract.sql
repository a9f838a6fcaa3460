-- what callers of basepool.cancel_own_generation rely on
begin;
select plan(9);

select has_function('basepool', 'cancel_own_generation', array['uuid']);
select is(pg_get_function_result('basepool.cancel_own_generation(uuid)'::regprocedure), 'text', 'returns');
select function_lang_is('basepool', 'cancel_own_generation', array['uuid'], 'plpgsql');
select volatility_is('basepool', 'cancel_own_generation', array['uuid'], 'volatile');
select is_definer('basepool', 'cancel_own_generation', array['uuid']);
select function_privs_are('basepool', 'cancel_own_generation', array['uuid'], 'anon', array[]::text []);
select function_privs_are('basepool', 'cancel_own_generation', array['uuid'], 'authenticated', array['EXECUTE']::text []);
select function_privs_are('basepool', 'cancel_own_generation', array['uuid'], 'service_role', array['EXECUTE']::text []);
select function_privs_are('basepool', 'cancel_own_generation', array['uuid'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
