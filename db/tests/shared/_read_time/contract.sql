-- what callers of basepool._read_time rely on
begin;
select plan(9);

select has_function('basepool', '_read_time', array['text']);
select is(pg_get_function_result('basepool._read_time(text)'::regprocedure), 'timestamp with time zone', 'returns');
select function_lang_is('basepool', '_read_time', array['text'], 'plpgsql');
select volatility_is('basepool', '_read_time', array['text'], 'stable');
select isnt_definer('basepool', '_read_time', array['text']);
select function_privs_are('basepool', '_read_time', array['text'], 'anon', array[]::text []);
select function_privs_are('basepool', '_read_time', array['text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_read_time', array['text'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_read_time', array['text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
