-- what callers of basepool.settle_again rely on
begin;
select plan(9);

select has_function('basepool', 'settle_again', array['integer']);
select is(pg_get_function_result('basepool.settle_again(integer)'::regprocedure), 'integer', 'returns');
select function_lang_is('basepool', 'settle_again', array['integer'], 'plpgsql');
select volatility_is('basepool', 'settle_again', array['integer'], 'volatile');
select is_definer('basepool', 'settle_again', array['integer']);
select function_privs_are('basepool', 'settle_again', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'settle_again', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'settle_again', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'settle_again', array['integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
