-- what callers of basepool.claim_probes rely on
begin;
select plan(9);

select has_function('basepool', 'claim_probes', array['integer']);
select is(pg_get_function_result('basepool.claim_probes(integer)'::regprocedure),
  'TABLE(token_id integer, token text)', 'returns');
select function_lang_is('basepool', 'claim_probes', array['integer'], 'plpgsql');
select volatility_is('basepool', 'claim_probes', array['integer'], 'volatile');
select is_definer('basepool', 'claim_probes', array['integer']);
select function_privs_are('basepool', 'claim_probes', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'claim_probes', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'claim_probes', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'claim_probes', array['integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
