-- what callers of basepool.cut_over rely on
begin;
select plan(9);

select has_function('basepool', 'cut_over', array['text', 'numeric']);
select is(
  pg_get_function_result('basepool.cut_over(text, numeric)'::regprocedure),
  'jsonb',
  'returns'
);
select function_lang_is('basepool', 'cut_over', array['text', 'numeric'], 'plpgsql');
select volatility_is('basepool', 'cut_over', array['text', 'numeric'], 'volatile');
select is_definer('basepool', 'cut_over', array['text', 'numeric']);
select function_privs_are('basepool', 'cut_over', array['text', 'numeric'], 'anon', array[]::text []);
select function_privs_are('basepool', 'cut_over', array['text', 'numeric'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'cut_over', array['text', 'numeric'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'cut_over', array['text', 'numeric'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
