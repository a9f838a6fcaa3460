-- what callers of basepool._enforces_user_rights rely on
begin;
select plan(9);

select has_function('basepool', '_enforces_user_rights', array[]::text []);
select is(pg_get_function_result('basepool._enforces_user_rights()'::regprocedure), 'boolean', 'returns');
select function_lang_is('basepool', '_enforces_user_rights', array[]::text [], 'sql');
select volatility_is('basepool', '_enforces_user_rights', array[]::text [], 'stable');
select isnt_definer('basepool', '_enforces_user_rights', array[]::text []);
select function_privs_are('basepool', '_enforces_user_rights', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_enforces_user_rights', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_enforces_user_rights', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_enforces_user_rights', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
