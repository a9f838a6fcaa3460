-- what callers of basepool.submit_for_user rely on
begin;
select plan(9);

select has_function('basepool', 'submit_for_user', array['uuid', 'text', 'jsonb', 'text', 'text', 'text']);
select is(pg_get_function_result('basepool.submit_for_user(uuid, text, jsonb, text, text, text)'::regprocedure),
  'uuid', 'returns');
select function_lang_is('basepool', 'submit_for_user', array['uuid', 'text', 'jsonb', 'text', 'text', 'text'], 'plpgsql');
select volatility_is('basepool', 'submit_for_user', array['uuid', 'text', 'jsonb', 'text', 'text', 'text'], 'volatile');
select is_definer('basepool', 'submit_for_user', array['uuid', 'text', 'jsonb', 'text', 'text', 'text']);
select function_privs_are('basepool', 'submit_for_user',
  array['uuid', 'text', 'jsonb', 'text', 'text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'submit_for_user',
  array['uuid', 'text', 'jsonb', 'text', 'text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'submit_for_user',
  array['uuid', 'text', 'jsonb', 'text', 'text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'submit_for_user',
  array['uuid', 'text', 'jsonb', 'text', 'text', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
