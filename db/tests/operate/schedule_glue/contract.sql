-- what callers of basepool.schedule_glue rely on
begin;
select plan(9);

select has_function('basepool', 'schedule_glue', array['text', 'text']);
select is(
  pg_get_function_result('basepool.schedule_glue(text, text)'::regprocedure),
  'jsonb',
  'returns'
);
select function_lang_is('basepool', 'schedule_glue', array['text', 'text'], 'plpgsql');
select volatility_is('basepool', 'schedule_glue', array['text', 'text'], 'volatile');
select isnt_definer('basepool', 'schedule_glue', array['text', 'text']);
select function_privs_are('basepool', 'schedule_glue', array['text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'schedule_glue', array['text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'schedule_glue', array['text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'schedule_glue', array['text', 'text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
