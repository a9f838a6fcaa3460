-- what callers of basepool.expire_leases rely on
begin;
select plan(9);

select has_function('basepool', 'expire_leases', array['integer']);
select is(pg_get_function_result('basepool.expire_leases(integer)'::regprocedure), 'integer', 'returns');
select function_lang_is('basepool', 'expire_leases', array['integer'], 'plpgsql');
select volatility_is('basepool', 'expire_leases', array['integer'], 'volatile');
select is_definer('basepool', 'expire_leases', array['integer']);
select function_privs_are('basepool', 'expire_leases', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'expire_leases', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'expire_leases', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'expire_leases', array['integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
