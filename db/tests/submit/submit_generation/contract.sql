-- what callers of public.submit_generation rely on
begin;
select plan(9);

select has_function('public', 'submit_generation',
  array['text', 'jsonb', 'text', 'text', 'jsonb', 'uuid', 'uuid', 'text', 'text', 'text']);
select is(pg_get_function_result(
  'public.submit_generation(text, jsonb, text, text, jsonb, uuid, uuid, text, text, text)'::regprocedure),
  'uuid', 'returns');
select function_lang_is('public', 'submit_generation',
  array['text', 'jsonb', 'text', 'text', 'jsonb', 'uuid', 'uuid', 'text', 'text', 'text'], 'plpgsql');
select volatility_is('public', 'submit_generation',
  array['text', 'jsonb', 'text', 'text', 'jsonb', 'uuid', 'uuid', 'text', 'text', 'text'], 'volatile');
select isnt_definer('public', 'submit_generation',
  array['text', 'jsonb', 'text', 'text', 'jsonb', 'uuid', 'uuid', 'text', 'text', 'text']);
select function_privs_are('public', 'submit_generation',
  array['text', 'jsonb', 'text', 'text', 'jsonb', 'uuid', 'uuid', 'text', 'text', 'text'], 'anon', array[]::text []);
select function_privs_are('public', 'submit_generation',
  array['text', 'jsonb', 'text', 'text', 'jsonb', 'uuid', 'uuid', 'text', 'text', 'text'],
  'authenticated', array['EXECUTE']::text []);
select function_privs_are('public', 'submit_generation',
  array['text', 'jsonb', 'text', 'text', 'jsonb', 'uuid', 'uuid', 'text', 'text', 'text'],
  'service_role', array['EXECUTE']::text []);
select function_privs_are('public', 'submit_generation',
  array['text', 'jsonb', 'text', 'text', 'jsonb', 'uuid', 'uuid', 'text', 'text', 'text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
