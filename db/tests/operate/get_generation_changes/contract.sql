-- what callers of public.get_generation_changes rely on
begin;
select plan(9);

select has_function('public', 'get_generation_changes', array['timestamptz', 'integer']);
select is(pg_get_function_result('public.get_generation_changes(timestamptz, integer)'::regprocedure),
  'TABLE(id uuid, status text, changed_at timestamp with time zone, next_since timestamp with time zone)', 'returns');
select function_lang_is('public', 'get_generation_changes', array['timestamptz', 'integer'], 'plpgsql');
select volatility_is('public', 'get_generation_changes', array['timestamptz', 'integer'], 'stable');
select is_definer('public', 'get_generation_changes', array['timestamptz', 'integer']);
select function_privs_are('public', 'get_generation_changes', array['timestamptz', 'integer'], 'anon', array[]::text []);
select function_privs_are('public', 'get_generation_changes', array['timestamptz', 'integer'], 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_generation_changes', array['timestamptz', 'integer'], 'service_role', array[]::text []);
select function_privs_are('public', 'get_generation_changes', array['timestamptz', 'integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
