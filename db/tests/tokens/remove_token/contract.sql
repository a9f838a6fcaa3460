-- what callers of basepool.remove_token rely on
begin;
select plan(9);

select has_function('basepool', 'remove_token', array['integer']);
select is(pg_get_function_result('basepool.remove_token(integer)'::regprocedure), 'text', 'returns');
select function_lang_is('basepool', 'remove_token', array['integer'], 'plpgsql');
select volatility_is('basepool', 'remove_token', array['integer'], 'volatile');
select is_definer('basepool', 'remove_token', array['integer']);
select function_privs_are('basepool', 'remove_token', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'remove_token', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'remove_token', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'remove_token', array['integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
