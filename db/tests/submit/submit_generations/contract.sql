-- what callers of public.submit_generations rely on
begin;
select plan(9);

select has_function('public', 'submit_generations', array['jsonb']);
select is(
  pg_get_function_result('public.submit_generations(jsonb)'::regprocedure), 'TABLE(nth integer, id uuid, error jsonb)', 'returns'
);
select function_lang_is('public', 'submit_generations', array['jsonb'], 'plpgsql');
select volatility_is('public', 'submit_generations', array['jsonb'], 'volatile');
select isnt_definer('public', 'submit_generations', array['jsonb']);
select function_privs_are('public', 'submit_generations', array['jsonb'], 'anon', array[]::text []);
select function_privs_are('public', 'submit_generations', array['jsonb'], 'authenticated', array['EXECUTE']::text []);
select function_privs_are('public', 'submit_generations', array['jsonb'], 'service_role', array['EXECUTE']::text []);
select function_privs_are('public', 'submit_generations', array['jsonb'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
