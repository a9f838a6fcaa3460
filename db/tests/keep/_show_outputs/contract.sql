-- what callers of basepool._show_outputs rely on
begin;
select plan(9);

select has_function('basepool', '_show_outputs', array['uuid', 'integer']);
select is(pg_get_function_result('basepool._show_outputs(uuid, integer)'::regprocedure), 'void', 'returns');
select function_lang_is('basepool', '_show_outputs', array['uuid', 'integer'], 'plpgsql');
select volatility_is('basepool', '_show_outputs', array['uuid', 'integer'], 'volatile');
select isnt_definer('basepool', '_show_outputs', array['uuid', 'integer']);
select function_privs_are('basepool', '_show_outputs', array['uuid', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', '_show_outputs', array['uuid', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_show_outputs', array['uuid', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_show_outputs', array['uuid', 'integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
