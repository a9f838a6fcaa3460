-- what callers of basepool.claim_deleted_files rely on
begin;
select plan(9);

select has_function('basepool', 'claim_deleted_files', array['integer']);
select is(
  pg_get_function_result('basepool.claim_deleted_files(integer)'::regprocedure),
  'TABLE(generation_id uuid, nth integer, key text, thumb_key text)',
  'returns'
);
select function_lang_is('basepool', 'claim_deleted_files', array['integer'], 'plpgsql');
select volatility_is('basepool', 'claim_deleted_files', array['integer'], 'volatile');
select is_definer('basepool', 'claim_deleted_files', array['integer']);
select function_privs_are('basepool', 'claim_deleted_files', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'claim_deleted_files', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'claim_deleted_files', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'claim_deleted_files', array['integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
