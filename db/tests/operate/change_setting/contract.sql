-- what callers of basepool.change_setting rely on
begin;
select plan(9);

select has_function('basepool', 'change_setting', array['text', 'text']);
select is(
  pg_get_function_result('basepool.change_setting(text, text)'::regprocedure),
  'TABLE(name text, was text, value text)',
  'returns'
);
select function_lang_is('basepool', 'change_setting', array['text', 'text'], 'plpgsql');
select volatility_is('basepool', 'change_setting', array['text', 'text'], 'volatile');
select is_definer('basepool', 'change_setting', array['text', 'text']);
select function_privs_are('basepool', 'change_setting', array['text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'change_setting', array['text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'change_setting', array['text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'change_setting', array['text', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
