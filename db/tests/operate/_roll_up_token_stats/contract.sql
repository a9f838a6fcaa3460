-- what callers of basepool._roll_up_token_stats rely on
begin;
select plan(9);

select has_function('basepool', '_roll_up_token_stats', array['integer']);
select is(pg_get_function_result('basepool._roll_up_token_stats(integer)'::regprocedure), 'integer', 'returns');
select function_lang_is('basepool', '_roll_up_token_stats', array['integer'], 'plpgsql');
select volatility_is('basepool', '_roll_up_token_stats', array['integer'], 'volatile');
select isnt_definer('basepool', '_roll_up_token_stats', array['integer']);
select function_privs_are('basepool', '_roll_up_token_stats', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', '_roll_up_token_stats', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_roll_up_token_stats', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_roll_up_token_stats', array['integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
