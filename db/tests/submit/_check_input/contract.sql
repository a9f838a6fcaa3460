-- what callers of basepool._check_input rely on
begin;
select plan(9);

select has_function('basepool', '_check_input', array['jsonb', 'integer', 'integer']);
select is(pg_get_function_result('basepool._check_input(jsonb, integer, integer)'::regprocedure), 'record', 'returns');
select function_lang_is('basepool', '_check_input', array['jsonb', 'integer', 'integer'], 'plpgsql');
select volatility_is('basepool', '_check_input', array['jsonb', 'integer', 'integer'], 'immutable');
select isnt_definer('basepool', '_check_input', array['jsonb', 'integer', 'integer']);
select function_privs_are('basepool', '_check_input', array['jsonb', 'integer', 'integer'], 'anon', array[]::text []);
select function_privs_are('basepool', '_check_input', array['jsonb', 'integer', 'integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_check_input', array['jsonb', 'integer', 'integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_check_input', array['jsonb', 'integer', 'integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
