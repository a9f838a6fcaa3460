-- what callers of basepool._token_readers rely on
begin;
select plan(9);

select has_function('basepool', '_token_readers', array[]::text []);
select is(
  pg_get_function_result('basepool._token_readers()'::regprocedure), 'record', 'returns'
);
select function_lang_is('basepool', '_token_readers', array[]::text [], 'plpgsql');
select volatility_is('basepool', '_token_readers', array[]::text [], 'stable');
select isnt_definer('basepool', '_token_readers', array[]::text []);
select function_privs_are('basepool', '_token_readers', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_token_readers', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_token_readers', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_token_readers', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
