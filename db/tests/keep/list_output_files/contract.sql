-- what callers of basepool.list_output_files rely on
begin;
select plan(9);

select has_function('basepool', 'list_output_files', array['text', 'uuid', 'uuid', 'integer', 'integer']);
select is(
  pg_get_function_result('basepool.list_output_files(text, uuid, uuid, integer, integer)'::regprocedure),
  'SETOF basepool.output_files',
  'returns'
);
select function_lang_is('basepool', 'list_output_files', array['text', 'uuid', 'uuid', 'integer', 'integer'], 'sql');
select volatility_is('basepool', 'list_output_files', array['text', 'uuid', 'uuid', 'integer', 'integer'], 'stable');
select is_definer('basepool', 'list_output_files', array['text', 'uuid', 'uuid', 'integer', 'integer']);
select function_privs_are(
  'basepool',
  'list_output_files',
  array['text', 'uuid', 'uuid', 'integer', 'integer'],
  'anon',
  array[]::text []
);
select function_privs_are(
  'basepool',
  'list_output_files',
  array['text', 'uuid', 'uuid', 'integer', 'integer'],
  'authenticated',
  array[]::text []
);
select function_privs_are(
  'basepool',
  'list_output_files',
  array['text', 'uuid', 'uuid', 'integer', 'integer'],
  'service_role',
  array[]::text []
);
select function_privs_are(
  'basepool',
  'list_output_files',
  array['text', 'uuid', 'uuid', 'integer', 'integer'],
  'basepool_glue',
  array['EXECUTE']::text []
);

select * from finish();
rollback;
