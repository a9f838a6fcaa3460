-- what callers of public.explain_generation rely on
begin;
select plan(9);

select has_function('public', 'explain_generation', array['uuid']);
select is(pg_get_function_result('public.explain_generation(uuid)'::regprocedure),
  'jsonb', 'returns');
select function_lang_is('public', 'explain_generation', array['uuid'], 'sql');
select volatility_is('public', 'explain_generation', array['uuid'], 'volatile');
select isnt_definer('public', 'explain_generation', array['uuid']);
select function_privs_are('public', 'explain_generation', array['uuid'], 'anon', array[]::text []);
select function_privs_are('public', 'explain_generation', array['uuid'], 'authenticated', array['EXECUTE']::text []);
select function_privs_are('public', 'explain_generation', array['uuid'], 'service_role', array['EXECUTE']::text []);
select function_privs_are('public', 'explain_generation', array['uuid'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
