-- what callers of basepool.find_unknown_keys rely on
begin;
select plan(9);

select has_function('basepool', 'find_unknown_keys', array['text[]']);
select is(pg_get_function_result('basepool.find_unknown_keys(text[])'::regprocedure), 'SETOF text', 'returns');
select function_lang_is('basepool', 'find_unknown_keys', array['text[]'], 'sql');
select volatility_is('basepool', 'find_unknown_keys', array['text[]'], 'stable');
select is_definer('basepool', 'find_unknown_keys', array['text[]']);
select function_privs_are('basepool', 'find_unknown_keys', array['text[]'], 'anon', array[]::text []);
select function_privs_are('basepool', 'find_unknown_keys', array['text[]'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'find_unknown_keys', array['text[]'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'find_unknown_keys', array['text[]'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
