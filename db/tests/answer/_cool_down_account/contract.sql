-- what callers of basepool._cool_down_account rely on
begin;
select plan(9);

create function pg_temp.arguments() returns text []
language sql as $$
  select array['bigint', 'basepool.error_rules', 'text', 'interval', 'timestamp with time zone']
$$;
select has_function('basepool', '_cool_down_account', pg_temp.arguments());
select is(
  pg_get_function_result('basepool._cool_down_account(bigint,basepool.error_rules,text,interval,timestamptz)'::regprocedure)
  , 'void', 'returns'
);
select function_lang_is('basepool', '_cool_down_account', pg_temp.arguments(), 'plpgsql');
select volatility_is('basepool', '_cool_down_account', pg_temp.arguments(), 'volatile');
select isnt_definer('basepool', '_cool_down_account', pg_temp.arguments());
select function_privs_are('basepool', '_cool_down_account', pg_temp.arguments(), 'anon', array[]::text []);
select function_privs_are('basepool', '_cool_down_account', pg_temp.arguments(), 'authenticated', array[]::text []);
select function_privs_are('basepool', '_cool_down_account', pg_temp.arguments(), 'service_role', array[]::text []);
select function_privs_are('basepool', '_cool_down_account', pg_temp.arguments(), 'basepool_glue', array[]::text []);

select * from finish();
rollback;
