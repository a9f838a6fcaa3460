-- what callers of basepool._lock_file rely on
begin;
select plan(10);
\ir ../../helpers.psql

select has_function('basepool', '_lock_file', array['uuid']);
select is(pg_get_function_result('basepool._lock_file(uuid)'::regprocedure), 'basepool.output_files', 'returns');
select function_lang_is('basepool', '_lock_file', array['uuid'], 'plpgsql');
select volatility_is('basepool', '_lock_file', array['uuid'], 'volatile');
select isnt_definer('basepool', '_lock_file', array['uuid']);
select function_privs_are('basepool', '_lock_file', array['uuid'], 'anon', array[]::text []);
select function_privs_are('basepool', '_lock_file', array['uuid'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_lock_file', array['uuid'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_lock_file', array['uuid'], 'basepool_glue', array[]::text []);
select ok((basepool._lock_file(gen_random_uuid())).lease is null, 'nobody holds that lease');

select * from finish();
rollback;
