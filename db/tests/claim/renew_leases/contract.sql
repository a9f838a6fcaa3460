-- what callers of basepool.renew_leases rely on
begin;
select plan(9);

select has_function('basepool', 'renew_leases', array['text', 'uuid[]']);
select is(
  pg_get_function_result('basepool.renew_leases(text, uuid[])'::regprocedure),
  'SETOF uuid',
  'returns'
);
select function_lang_is('basepool', 'renew_leases', array['text', 'uuid[]'], 'plpgsql');
select volatility_is('basepool', 'renew_leases', array['text', 'uuid[]'], 'volatile');
select is_definer('basepool', 'renew_leases', array['text', 'uuid[]']);
select function_privs_are('basepool', 'renew_leases', array['text', 'uuid[]'], 'anon', array[]::text []);
select function_privs_are('basepool', 'renew_leases', array['text', 'uuid[]'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'renew_leases', array['text', 'uuid[]'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'renew_leases', array['text', 'uuid[]'], 'basepool_glue', array['EXECUTE']);

select * from finish();
rollback;
