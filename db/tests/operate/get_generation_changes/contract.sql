-- what callers of public.get_generation_changes rely on
begin;
select plan(9);

create function pg_temp.arguments() returns text []
language sql as $$ select array['timestamp with time zone', 'integer'] $$;

select has_function('public', 'get_generation_changes', pg_temp.arguments());
select is(pg_get_function_result('public.get_generation_changes(timestamptz, integer)'::regprocedure),
  'TABLE(id uuid, status text, changed_at timestamp with time zone, next_since timestamp with time zone)', 'returns');
select function_lang_is('public', 'get_generation_changes', pg_temp.arguments(), 'sql');
select volatility_is('public', 'get_generation_changes', pg_temp.arguments(), 'stable');
select isnt_definer('public', 'get_generation_changes', pg_temp.arguments());
select function_privs_are('public', 'get_generation_changes', pg_temp.arguments(), 'anon', array[]::text []);
select function_privs_are('public', 'get_generation_changes', pg_temp.arguments(), 'authenticated', array['EXECUTE']);
select function_privs_are('public', 'get_generation_changes', pg_temp.arguments(), 'service_role', array[]::text []);
select function_privs_are('public', 'get_generation_changes', pg_temp.arguments(), 'basepool_glue', array[]::text []);

select * from finish();
rollback;
