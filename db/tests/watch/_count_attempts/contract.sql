-- what callers of basepool._count_attempts rely on
begin;
select plan(9);

select has_function('basepool', '_count_attempts', array['interval']);
select is(pg_get_function_result('basepool._count_attempts(interval)'::regprocedure), 'integer', 'returns');
select function_lang_is('basepool', '_count_attempts', array['interval'], 'plpgsql');
select volatility_is('basepool', '_count_attempts', array['interval'], 'volatile');
select isnt_definer('basepool', '_count_attempts', array['interval']);
select function_privs_are('basepool', '_count_attempts', array['interval'], 'anon', array[]::text []);
select function_privs_are('basepool', '_count_attempts', array['interval'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_count_attempts', array['interval'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_count_attempts', array['interval'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
