-- what callers of basepool._expect_files rely on
begin;
select plan(9);

select has_function('basepool', '_expect_files', array['uuid[]', 'text[]', 'boolean']);
select is(pg_get_function_result('basepool._expect_files(uuid[], text[], boolean)'::regprocedure), 'integer', 'returns');
select function_lang_is('basepool', '_expect_files', array['uuid[]', 'text[]', 'boolean'], 'plpgsql');
select volatility_is('basepool', '_expect_files', array['uuid[]', 'text[]', 'boolean'], 'volatile');
select isnt_definer('basepool', '_expect_files', array['uuid[]', 'text[]', 'boolean']);
select function_privs_are('basepool', '_expect_files', array['uuid[]', 'text[]', 'boolean'], 'anon', array[]::text []);
select function_privs_are('basepool', '_expect_files', array['uuid[]', 'text[]', 'boolean'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_expect_files', array['uuid[]', 'text[]', 'boolean'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_expect_files', array['uuid[]', 'text[]', 'boolean'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
