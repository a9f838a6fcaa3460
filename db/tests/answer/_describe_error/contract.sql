-- what callers of basepool._describe_error rely on
begin;
select plan(9);

select has_function('basepool', '_describe_error', array['integer', 'text']);
select is(pg_get_function_result('basepool._describe_error(integer, text)'::regprocedure), 'text', 'returns');
select function_lang_is('basepool', '_describe_error', array['integer', 'text'], 'plpgsql');
select volatility_is('basepool', '_describe_error', array['integer', 'text'], 'immutable');
select isnt_definer('basepool', '_describe_error', array['integer', 'text']);
select function_privs_are('basepool', '_describe_error', array['integer', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', '_describe_error', array['integer', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_describe_error', array['integer', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_describe_error', array['integer', 'text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
