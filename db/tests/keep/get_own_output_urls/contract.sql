-- what callers of basepool.get_own_output_urls rely on
begin;
select plan(9);

select has_function('basepool', 'get_own_output_urls', array['uuid', 'integer']);
select is(
  pg_get_function_result('basepool.get_own_output_urls(uuid, integer)'::regprocedure),
  'TABLE(nth integer, url text, thumb_url text, content_type text, size bigint, width integer, height integer, '
  || 'seconds numeric)',
  'returns'
);
select function_lang_is('basepool', 'get_own_output_urls', array['uuid', 'integer'], 'plpgsql');
select volatility_is('basepool', 'get_own_output_urls', array['uuid', 'integer'], 'volatile');
select is_definer('basepool', 'get_own_output_urls', array['uuid', 'integer']);
select function_privs_are('basepool', 'get_own_output_urls', array['uuid', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'get_own_output_urls', array['uuid', 'integer'], 'authenticated', array['EXECUTE']::text []);
select function_privs_are('basepool', 'get_own_output_urls', array['uuid', 'integer'], 'service_role', array['EXECUTE']::text []);
select function_privs_are('basepool', 'get_own_output_urls', array['uuid', 'integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
