-- what callers of basepool.act_on_setting rely on
begin;
select plan(10);

select has_function('basepool', 'act_on_setting', array['text', 'text', 'jsonb', 'jsonb']);
select is(pg_get_function_result('basepool.act_on_setting(text, text, jsonb, jsonb)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'act_on_setting', array['text', 'text', 'jsonb', 'jsonb'], 'plpgsql');
select volatility_is('basepool', 'act_on_setting', array['text', 'text', 'jsonb', 'jsonb'], 'volatile');
select is_definer('basepool', 'act_on_setting', array['text', 'text', 'jsonb', 'jsonb']);
select function_privs_are('basepool', 'act_on_setting', array['text', 'text', 'jsonb', 'jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', 'act_on_setting', array['text', 'text', 'jsonb', 'jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'act_on_setting', array['text', 'text', 'jsonb', 'jsonb'], 'service_role', array[]::text []);
select function_privs_are(
  'basepool', 'act_on_setting', array['text', 'text', 'jsonb', 'jsonb'], 'basepool_glue', array['EXECUTE']::text []
);
select function_privs_are(
  'basepool', 'act_on_setting', array['text', 'text', 'jsonb', 'jsonb'], 'basepool_operator', array['EXECUTE']::text []
);

select * from finish();
rollback;
