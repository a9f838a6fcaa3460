-- what callers of basepool.preview_cutover rely on
begin;
select plan(9);

select has_function('basepool', 'preview_cutover', array['text', 'numeric']);
select is(
  pg_get_function_result('basepool.preview_cutover(text, numeric)'::regprocedure),
  'jsonb',
  'returns'
);
select function_lang_is('basepool', 'preview_cutover', array['text', 'numeric'], 'plpgsql');
select volatility_is('basepool', 'preview_cutover', array['text', 'numeric'], 'stable');
select is_definer('basepool', 'preview_cutover', array['text', 'numeric']);
select function_privs_are('basepool', 'preview_cutover', array['text', 'numeric'], 'anon', array[]::text []);
select function_privs_are('basepool', 'preview_cutover', array['text', 'numeric'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'preview_cutover', array['text', 'numeric'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'preview_cutover', array['text', 'numeric'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
