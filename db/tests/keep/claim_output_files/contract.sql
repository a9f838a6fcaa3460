-- what callers of basepool.claim_output_files rely on
begin;
select plan(9);

select has_function('basepool', 'claim_output_files', array['text', 'integer']);
select is(
  pg_get_function_result('basepool.claim_output_files(text, integer)'::regprocedure),
  'TABLE(generation_id uuid, nth integer, user_id uuid, source_url text, deadline timestamp with time zone, '
  || 'tries integer, lease uuid, max_bytes bigint, key_hint text)',
  'returns'
);
select function_lang_is('basepool', 'claim_output_files', array['text', 'integer'], 'plpgsql');
select volatility_is('basepool', 'claim_output_files', array['text', 'integer'], 'volatile');
select is_definer('basepool', 'claim_output_files', array['text', 'integer']);
select function_privs_are('basepool', 'claim_output_files', array['text', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'claim_output_files', array['text', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'claim_output_files', array['text', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'claim_output_files', array['text', 'integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
