-- what callers of public.get_output_urls rely on
begin;
select plan(9);

select has_function('public', 'get_output_urls', array['uuid', 'integer']);
select is(
  pg_get_function_result('public.get_output_urls(uuid, integer)'::regprocedure),
  'TABLE(nth integer, url text, thumb_url text, content_type text, size bigint, width integer, height integer, '
  || 'seconds numeric)',
  'returns'
);
select function_lang_is('public', 'get_output_urls', array['uuid', 'integer'], 'sql');
select volatility_is('public', 'get_output_urls', array['uuid', 'integer'], 'volatile');
select isnt_definer('public', 'get_output_urls', array['uuid', 'integer']);
select function_privs_are('public', 'get_output_urls', array['uuid', 'integer'], 'anon', array[]::text []);
select function_privs_are('public', 'get_output_urls', array['uuid', 'integer'], 'authenticated', array['EXECUTE']::text []);
select function_privs_are('public', 'get_output_urls', array['uuid', 'integer'], 'service_role', array['EXECUTE']::text []);
select function_privs_are('public', 'get_output_urls', array['uuid', 'integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
