-- what callers of public.get_generation_counts rely on
begin;
select plan(9);

select has_function('public', 'get_generation_counts', array['uuid']);
select is(pg_get_function_result('public.get_generation_counts(uuid)'::regprocedure),
  'TABLE(all_count bigint, processing_count bigint, favorites_count bigint, failed_count bigint)', 'returns');
select function_lang_is('public', 'get_generation_counts', array['uuid'], 'sql');
select volatility_is('public', 'get_generation_counts', array['uuid'], 'stable');
select isnt_definer('public', 'get_generation_counts', array['uuid']);
select function_privs_are('public', 'get_generation_counts', array['uuid'], 'anon', array[]::text []);
select function_privs_are('public', 'get_generation_counts', array['uuid'], 'authenticated', array['EXECUTE']::text []);
select function_privs_are('public', 'get_generation_counts', array['uuid'], 'service_role', array['EXECUTE']::text []);
select function_privs_are('public', 'get_generation_counts', array['uuid'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
