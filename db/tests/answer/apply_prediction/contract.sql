-- what callers of basepool.apply_prediction rely on
begin;
select plan(9);

select has_function('basepool', 'apply_prediction', array['uuid', 'jsonb', 'text', 'text']);
select is(pg_get_function_result('basepool.apply_prediction(uuid, jsonb, text, text)'::regprocedure), 'text', 'returns');
select function_lang_is('basepool', 'apply_prediction', array['uuid', 'jsonb', 'text', 'text'], 'plpgsql');
select volatility_is('basepool', 'apply_prediction', array['uuid', 'jsonb', 'text', 'text'], 'volatile');
select is_definer('basepool', 'apply_prediction', array['uuid', 'jsonb', 'text', 'text']);
select function_privs_are('basepool', 'apply_prediction', array['uuid', 'jsonb', 'text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'apply_prediction',
  array['uuid', 'jsonb', 'text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'apply_prediction',
  array['uuid', 'jsonb', 'text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'apply_prediction',
  array['uuid', 'jsonb', 'text', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
