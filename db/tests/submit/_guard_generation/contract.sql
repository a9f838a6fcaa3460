-- what callers of basepool._guard_generation rely on
begin;
select plan(9);

select has_function('basepool', '_guard_generation', array[]::text []);
select is(pg_get_function_result('basepool._guard_generation()'::regprocedure), 'trigger', 'returns');
select function_lang_is('basepool', '_guard_generation', array[]::text [], 'plpgsql');
select volatility_is('basepool', '_guard_generation', array[]::text [], 'volatile');
select isnt_definer('basepool', '_guard_generation', array[]::text []);
select function_privs_are('basepool', '_guard_generation', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_guard_generation', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_guard_generation', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_guard_generation', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
