-- what callers of public.get_next_replicate_token rely on
begin;
select plan(9);

select has_function('public', 'get_next_replicate_token', array[]::text []);
select is(pg_get_function_result(
  'public.get_next_replicate_token()'::regprocedure), 'TABLE(id integer, token text)', 'returns');
select function_lang_is('public', 'get_next_replicate_token', array[]::text [], 'plpgsql');
select volatility_is('public', 'get_next_replicate_token', array[]::text [], 'volatile');
select is_definer('public', 'get_next_replicate_token', array[]::text []);
select function_privs_are('public', 'get_next_replicate_token', array[]::text [], 'anon', array[]::text []);
select function_privs_are('public', 'get_next_replicate_token', array[]::text [], 'authenticated', array[]::text []);
select function_privs_are('public', 'get_next_replicate_token', array[]::text [], 'service_role', array['EXECUTE']::text []);
select function_privs_are('public', 'get_next_replicate_token', array[]::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
