-- what callers of basepool.claim_generations rely on
begin;
select plan(9);

select has_function('basepool', 'claim_generations', array['text', 'integer']);
select is(pg_get_function_result('basepool.claim_generations(text, integer)'::regprocedure),
  'TABLE(answer text, busy_until timestamp with time zone, reason text, attempt_id uuid, generation_id uuid, '
  || 'attempt_no integer, token_id integer, account_id bigint, token text, route text, target text, '
  || 'input text, cancel_after_seconds integer, submit_timeout_seconds integer, '
  || 'send_within_seconds double precision)', 'returns');
select function_lang_is('basepool', 'claim_generations', array['text', 'integer'], 'plpgsql');
select volatility_is('basepool', 'claim_generations', array['text', 'integer'], 'volatile');
select is_definer('basepool', 'claim_generations', array['text', 'integer']);
select function_privs_are('basepool', 'claim_generations', array['text', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'claim_generations', array['text', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'claim_generations', array['text', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'claim_generations', array['text', 'integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
