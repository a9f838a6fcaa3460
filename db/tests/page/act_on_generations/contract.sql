-- what callers of basepool.act_on_generations rely on
begin;
select plan(10);

select has_function('basepool', 'act_on_generations', array['text', 'text', 'jsonb', 'text', 'integer']);
select is(
  pg_get_function_result('basepool.act_on_generations(text, text, jsonb, text, integer)'::regprocedure), 'jsonb', 'returns'
);
select function_lang_is('basepool', 'act_on_generations', array['text', 'text', 'jsonb', 'text', 'integer'], 'plpgsql');
select volatility_is('basepool', 'act_on_generations', array['text', 'text', 'jsonb', 'text', 'integer'], 'volatile');
select is_definer('basepool', 'act_on_generations', array['text', 'text', 'jsonb', 'text', 'integer']);
select function_privs_are(
  'basepool', 'act_on_generations', array['text', 'text', 'jsonb', 'text', 'integer'], 'anon', array[]::text []
);
select function_privs_are(
  'basepool', 'act_on_generations', array['text', 'text', 'jsonb', 'text', 'integer'], 'authenticated', array[]::text []
);
select function_privs_are(
  'basepool', 'act_on_generations', array['text', 'text', 'jsonb', 'text', 'integer'], 'service_role', array[]::text []
);
select function_privs_are(
  'basepool', 'act_on_generations', array['text', 'text', 'jsonb', 'text', 'integer'], 'basepool_glue', array['EXECUTE']::text []
);
select function_privs_are(
  'basepool', 'act_on_generations', array['text', 'text', 'jsonb', 'text', 'integer'], 'basepool_operator'
  , array['EXECUTE']::text []
);

select * from finish();
rollback;
