-- what callers of basepool._let_go_of_files rely on
begin;
select plan(9);

select has_function('basepool', '_let_go_of_files', array[]::text []);
select is(pg_get_function_result('basepool._let_go_of_files()'::regprocedure), 'trigger', 'returns');
select function_lang_is('basepool', '_let_go_of_files', array[]::text [], 'plpgsql');
select volatility_is('basepool', '_let_go_of_files', array[]::text [], 'volatile');
select is_definer('basepool', '_let_go_of_files', array[]::text []);
select function_privs_are('basepool', '_let_go_of_files', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_let_go_of_files', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_let_go_of_files', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_let_go_of_files', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
