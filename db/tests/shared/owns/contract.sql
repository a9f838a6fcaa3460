-- what callers of basepool.owns rely on
begin;
select plan(9);

select has_function('basepool', 'owns', array['uuid']);
select is(
  pg_get_function_result('basepool.owns(uuid)'::regprocedure),
  'boolean',
  'returns'
);
select function_lang_is('basepool', 'owns', array['uuid'], 'sql');
select volatility_is('basepool', 'owns', array['uuid'], 'stable');
select isnt_definer('basepool', 'owns', array['uuid']);
select function_privs_are('basepool', 'owns', array['uuid'], 'anon', array[]::text []);
select function_privs_are('basepool', 'owns', array['uuid'], 'authenticated', array['EXECUTE']::text []);
select function_privs_are('basepool', 'owns', array['uuid'], 'service_role', array['EXECUTE']::text []);
select function_privs_are('basepool', 'owns', array['uuid'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
