-- what callers of public.cancel_generation rely on
begin;
select plan(9);

select has_function('public', 'cancel_generation', array['uuid']);
select is(pg_get_function_result('public.cancel_generation(uuid)'::regprocedure), 'text', 'returns');
select function_lang_is('public', 'cancel_generation', array['uuid'], 'sql');
select volatility_is('public', 'cancel_generation', array['uuid'], 'volatile');
select isnt_definer('public', 'cancel_generation', array['uuid']);
select function_privs_are('public', 'cancel_generation', array['uuid'], 'anon', array[]::text []);
select function_privs_are('public', 'cancel_generation', array['uuid'], 'authenticated', array['EXECUTE']::text []);
select function_privs_are('public', 'cancel_generation', array['uuid'], 'service_role', array['EXECUTE']::text []);
select function_privs_are('public', 'cancel_generation', array['uuid'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
