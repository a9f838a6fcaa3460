-- what callers of basepool.give_back rely on
begin;
select plan(9);

select has_function('basepool', 'give_back', array['text', 'uuid', 'integer']);
select is(
  pg_get_function_result('basepool.give_back(text, uuid, integer)'::regprocedure),
  'jsonb',
  'returns'
);
select function_lang_is('basepool', 'give_back', array['text', 'uuid', 'integer'], 'plpgsql');
select volatility_is('basepool', 'give_back', array['text', 'uuid', 'integer'], 'volatile');
select is_definer('basepool', 'give_back', array['text', 'uuid', 'integer']);
select function_privs_are('basepool', 'give_back', array['text', 'uuid', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'give_back', array['text', 'uuid', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'give_back', array['text', 'uuid', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'give_back', array['text', 'uuid', 'integer'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
