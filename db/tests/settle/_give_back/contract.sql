-- what callers of basepool._give_back rely on
begin;
select plan(9);

select has_function('basepool', '_give_back', array[]::text []);
select is(
  pg_get_function_result('basepool._give_back()'::regprocedure), 'trigger', 'returns'
);
select function_lang_is('basepool', '_give_back', array[]::text [], 'plpgsql');
select volatility_is('basepool', '_give_back', array[]::text [], 'volatile');
select isnt_definer('basepool', '_give_back', array[]::text []);
select function_privs_are('basepool', '_give_back', array[]::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_give_back', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_give_back', array[]::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_give_back', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
