-- what callers of basepool._add_counts rely on
begin;
select plan(9);

select has_function('basepool', '_add_counts', array['jsonb', 'jsonb']);
select is(pg_get_function_result('basepool._add_counts(jsonb,jsonb)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', '_add_counts', array['jsonb', 'jsonb'], 'sql');
select volatility_is('basepool', '_add_counts', array['jsonb', 'jsonb'], 'immutable');
select isnt_definer('basepool', '_add_counts', array['jsonb', 'jsonb']);
select function_privs_are('basepool', '_add_counts', array['jsonb', 'jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', '_add_counts', array['jsonb', 'jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_add_counts', array['jsonb', 'jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_add_counts', array['jsonb', 'jsonb'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
