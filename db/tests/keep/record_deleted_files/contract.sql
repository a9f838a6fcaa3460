-- what callers of basepool.record_deleted_files rely on
begin;
select plan(9);

select has_function('basepool', 'record_deleted_files', array['jsonb']);
select is(
  pg_get_function_result('basepool.record_deleted_files(jsonb)'::regprocedure),
  'TABLE(generation_id uuid, nth integer, outcome text)',
  'returns'
);
select function_lang_is('basepool', 'record_deleted_files', array['jsonb'], 'plpgsql');
select volatility_is('basepool', 'record_deleted_files', array['jsonb'], 'volatile');
select is_definer('basepool', 'record_deleted_files', array['jsonb']);
select function_privs_are('basepool', 'record_deleted_files', array['jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', 'record_deleted_files', array['jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'record_deleted_files', array['jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'record_deleted_files', array['jsonb'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
