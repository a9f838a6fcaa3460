-- what callers of basepool._clean_up rely on
begin;
select plan(9);

select has_function('basepool', '_clean_up', array[]::text []);
select is(pg_get_function_result('basepool._clean_up()'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', '_clean_up', array[]::text [], 'plpgsql');
select volatility_is('basepool', '_clean_up', array[]::text [], 'volatile');
select isnt_definer('basepool', '_clean_up', array[]::text []);
select function_privs_are('basepool', '_clean_up', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_clean_up', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_clean_up', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_clean_up', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
