-- what callers of basepool.page_generations rely on
begin;
select plan(10);

select has_function('basepool', 'page_generations', array['jsonb', 'text', 'integer']);
select is(pg_get_function_result('basepool.page_generations(jsonb, text, integer)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'page_generations', array['jsonb', 'text', 'integer'], 'plpgsql');
select volatility_is('basepool', 'page_generations', array['jsonb', 'text', 'integer'], 'stable');
select is_definer('basepool', 'page_generations', array['jsonb', 'text', 'integer']);
select function_privs_are('basepool', 'page_generations', array['jsonb', 'text', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'page_generations', array['jsonb', 'text', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'page_generations', array['jsonb', 'text', 'integer'], 'service_role', array[]::text []);
select function_privs_are(
  'basepool', 'page_generations', array['jsonb', 'text', 'integer'], 'basepool_glue', array['EXECUTE']::text []
);
select function_privs_are(
  'basepool', 'page_generations', array['jsonb', 'text', 'integer'], 'basepool_operator', array['EXECUTE']::text []
);

select * from finish();
rollback;
