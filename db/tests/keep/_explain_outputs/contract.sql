-- what callers of basepool._explain_outputs rely on
begin;
select plan(9);

select has_function('basepool', '_explain_outputs', array['uuid']);
select is(pg_get_function_result('basepool._explain_outputs(uuid)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', '_explain_outputs', array['uuid'], 'sql');
select volatility_is('basepool', '_explain_outputs', array['uuid'], 'stable');
select isnt_definer('basepool', '_explain_outputs', array['uuid']);
select function_privs_are('basepool', '_explain_outputs', array['uuid'], 'anon', array[]::text []);
select function_privs_are('basepool', '_explain_outputs', array['uuid'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_explain_outputs', array['uuid'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_explain_outputs', array['uuid'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
