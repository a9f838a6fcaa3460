-- what callers of basepool.record_answers rely on
begin;
select plan(9);

select has_function('basepool', 'record_answers', array['jsonb']);
select is(
  pg_get_function_result('basepool.record_answers(jsonb)'::regprocedure),
  'TABLE(nth integer, outcome text, rule text, retry_at timestamp with time zone, error jsonb)', 'returns'
);
select function_lang_is('basepool', 'record_answers', array['jsonb'], 'plpgsql');
select volatility_is('basepool', 'record_answers', array['jsonb'], 'volatile');
select is_definer('basepool', 'record_answers', array['jsonb']);
select function_privs_are('basepool', 'record_answers', array['jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', 'record_answers', array['jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'record_answers', array['jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'record_answers', array['jsonb'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
