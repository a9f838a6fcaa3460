-- what callers of basepool._redundant_indexes rely on
begin;
select plan(9);

select has_function('basepool', '_redundant_indexes', array['regclass']);
select is(
  pg_get_function_result('basepool._redundant_indexes(regclass)'::regprocedure),
  'TABLE(index regclass, kept regclass, is_proved boolean, because text)',
  'returns'
);
select function_lang_is('basepool', '_redundant_indexes', array['regclass'], 'sql');
select volatility_is('basepool', '_redundant_indexes', array['regclass'], 'stable');
select isnt_definer('basepool', '_redundant_indexes', array['regclass']);
select function_privs_are('basepool', '_redundant_indexes', array['regclass'], 'anon', array[]::text []);
select function_privs_are('basepool', '_redundant_indexes', array['regclass'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_redundant_indexes', array['regclass'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_redundant_indexes', array['regclass'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
