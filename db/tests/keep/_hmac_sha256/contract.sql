-- what callers of basepool._hmac_sha256 rely on
begin;
select plan(9);

select has_function('basepool', '_hmac_sha256', array['bytea', 'bytea']);
select is(pg_get_function_result('basepool._hmac_sha256(bytea, bytea)'::regprocedure), 'bytea', 'returns');
select function_lang_is('basepool', '_hmac_sha256', array['bytea', 'bytea'], 'plpgsql');
select volatility_is('basepool', '_hmac_sha256', array['bytea', 'bytea'], 'immutable');
select isnt_definer('basepool', '_hmac_sha256', array['bytea', 'bytea']);
select function_privs_are('basepool', '_hmac_sha256', array['bytea', 'bytea'], 'anon', array[]::text []);
select function_privs_are('basepool', '_hmac_sha256', array['bytea', 'bytea'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_hmac_sha256', array['bytea', 'bytea'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_hmac_sha256', array['bytea', 'bytea'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
