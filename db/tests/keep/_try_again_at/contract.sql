-- what callers of basepool._try_again_at rely on
begin;
select plan(9);

select has_function('basepool', '_try_again_at', array['basepool.output_files', 'text', 'numeric', 'timestamp with time zone']);
select is(
  pg_get_function_result('basepool._try_again_at(basepool.output_files, text, numeric, timestamp with time zone)'::regprocedure),
  'timestamp with time zone',
  'returns'
);
select function_lang_is(
  'basepool',
  '_try_again_at',
  array['basepool.output_files', 'text', 'numeric', 'timestamp with time zone'],
  'plpgsql'
);
select volatility_is(
  'basepool',
  '_try_again_at',
  array['basepool.output_files', 'text', 'numeric', 'timestamp with time zone'],
  'volatile'
);
select isnt_definer('basepool', '_try_again_at', array['basepool.output_files', 'text', 'numeric', 'timestamp with time zone']);
select function_privs_are(
  'basepool',
  '_try_again_at',
  array['basepool.output_files', 'text', 'numeric', 'timestamp with time zone'],
  'anon',
  array[]::text []
);
select function_privs_are(
  'basepool',
  '_try_again_at',
  array['basepool.output_files', 'text', 'numeric', 'timestamp with time zone'],
  'authenticated',
  array[]::text []
);
select function_privs_are(
  'basepool',
  '_try_again_at',
  array['basepool.output_files', 'text', 'numeric', 'timestamp with time zone'],
  'service_role',
  array[]::text []
);
select function_privs_are(
  'basepool',
  '_try_again_at',
  array['basepool.output_files', 'text', 'numeric', 'timestamp with time zone'],
  'basepool_glue',
  array[]::text []
);

select * from finish();
rollback;
