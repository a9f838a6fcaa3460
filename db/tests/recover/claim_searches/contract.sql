-- what callers of basepool.claim_searches rely on
begin;
select plan(9);

select has_function('basepool', 'claim_searches', array['text', 'integer']);
select is(
  pg_get_function_result('basepool.claim_searches(text, integer)'::regprocedure),
  'TABLE(search_id bigint, account_id bigint, token text, created_after timestamp with time zone, '
  'created_before timestamp with time zone, attempts integer)',
  'returns'
);
select function_lang_is('basepool', 'claim_searches', array['text', 'integer'], 'plpgsql');
select volatility_is('basepool', 'claim_searches', array['text', 'integer'], 'volatile');
select is_definer('basepool', 'claim_searches', array['text', 'integer']);
select function_privs_are('basepool', 'claim_searches', array['text', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'claim_searches', array['text', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'claim_searches', array['text', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'claim_searches', array['text', 'integer'], 'basepool_glue', array['EXECUTE']);

select * from finish();
rollback;
