-- what callers of basepool._roll_up_token_stats rely on
begin;
select plan(9);

select has_function('basepool', '_roll_up_token_stats', array[]::text []);
select is(pg_get_function_result('basepool._roll_up_token_stats()'::regprocedure), 'integer', 'returns');
select function_lang_is('basepool', '_roll_up_token_stats', array[]::text [], 'plpgsql');
select volatility_is('basepool', '_roll_up_token_stats', array[]::text [], 'volatile');
select isnt_definer('basepool', '_roll_up_token_stats', array[]::text []);
select function_privs_are('basepool', '_roll_up_token_stats', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_roll_up_token_stats', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_roll_up_token_stats', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_roll_up_token_stats', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
