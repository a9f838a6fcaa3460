-- what callers of basepool.act_on_pool rely on
begin;
select plan(10);

select has_function('basepool', 'act_on_pool', array['text', 'text', 'text', 'text', 'text']);
select is(pg_get_function_result('basepool.act_on_pool(text, text, text, text, text)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'act_on_pool', array['text', 'text', 'text', 'text', 'text'], 'plpgsql');
select volatility_is('basepool', 'act_on_pool', array['text', 'text', 'text', 'text', 'text'], 'volatile');
select is_definer('basepool', 'act_on_pool', array['text', 'text', 'text', 'text', 'text']);
select function_privs_are('basepool', 'act_on_pool', array['text', 'text', 'text', 'text', 'text'], 'anon', array[]::text []);
select function_privs_are(
  'basepool', 'act_on_pool', array['text', 'text', 'text', 'text', 'text'], 'authenticated', array[]::text []
);
select function_privs_are(
  'basepool', 'act_on_pool', array['text', 'text', 'text', 'text', 'text'], 'service_role', array[]::text []
);
select function_privs_are(
  'basepool', 'act_on_pool', array['text', 'text', 'text', 'text', 'text'], 'basepool_glue', array['EXECUTE']::text []
);
select function_privs_are(
  'basepool', 'act_on_pool', array['text', 'text', 'text', 'text', 'text'], 'basepool_operator', array['EXECUTE']::text []
);

select * from finish();
rollback;
