-- what callers of basepool.is_active rely on
begin;
select plan(9);

select has_function('basepool', 'is_active', array['text']);
select is(pg_get_function_result('basepool.is_active(text)'::regprocedure), 'boolean', 'returns');
select function_lang_is('basepool', 'is_active', array['text'], 'sql');
select volatility_is('basepool', 'is_active', array['text'], 'immutable');
select isnt_definer('basepool', 'is_active', array['text']);
select function_privs_are('basepool', 'is_active', array['text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'is_active', array['text'], 'authenticated', array['EXECUTE']::text []);
select function_privs_are('basepool', 'is_active', array['text'], 'service_role', array['EXECUTE']::text []);
select function_privs_are('basepool', 'is_active', array['text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
