-- what callers of basepool.claim_probes rely on
begin;
select plan(9);

select has_function('basepool', 'claim_probes', array['text', 'integer']);
select is(pg_get_function_result('basepool.claim_probes(text,integer)'::regprocedure),
  'TABLE(token_id integer, token text)', 'returns');
select function_lang_is('basepool', 'claim_probes', array['text', 'integer'], 'sql');
select volatility_is('basepool', 'claim_probes', array['text', 'integer'], 'volatile');
select is_definer('basepool', 'claim_probes', array['text', 'integer']);
select function_privs_are('basepool', 'claim_probes', array['text', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'claim_probes', array['text', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'claim_probes', array['text', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'claim_probes', array['text', 'integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
