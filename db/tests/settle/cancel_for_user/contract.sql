-- what callers of basepool.cancel_for_user rely on
begin;
select plan(9);

select has_function('basepool', 'cancel_for_user', array['uuid']);
select is(pg_get_function_result('basepool.cancel_for_user(uuid)'::regprocedure), 'text', 'returns');
select function_lang_is('basepool', 'cancel_for_user', array['uuid'], 'plpgsql');
select volatility_is('basepool', 'cancel_for_user', array['uuid'], 'volatile');
select is_definer('basepool', 'cancel_for_user', array['uuid']);
select function_privs_are('basepool', 'cancel_for_user', array['uuid'], 'anon', array[]::text []);
select function_privs_are('basepool', 'cancel_for_user', array['uuid'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'cancel_for_user', array['uuid'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'cancel_for_user', array['uuid'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
