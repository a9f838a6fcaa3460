-- what callers of basepool.record_command rely on
begin;
select plan(9);

select has_function('basepool', 'record_command', array['text', 'text']);
select is(pg_get_function_result('basepool.record_command(text, text)'::regprocedure), 'void', 'returns');
select function_lang_is('basepool', 'record_command', array['text', 'text'], 'sql');
select volatility_is('basepool', 'record_command', array['text', 'text'], 'volatile');
select is_definer('basepool', 'record_command', array['text', 'text']);
select function_privs_are('basepool', 'record_command', array['text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'record_command', array['text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'record_command', array['text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'record_command', array['text', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
