-- what callers of basepool._parse_retry_after rely on
begin;
select plan(9);

select has_function('basepool', '_parse_retry_after', array['text']);
select is(pg_get_function_result('basepool._parse_retry_after(text)'::regprocedure), 'interval', 'returns');
select function_lang_is('basepool', '_parse_retry_after', array['text'], 'plpgsql');
select volatility_is('basepool', '_parse_retry_after', array['text'], 'immutable');
select isnt_definer('basepool', '_parse_retry_after', array['text']);
select function_privs_are('basepool', '_parse_retry_after', array['text'], 'anon', array[]::text []);
select function_privs_are('basepool', '_parse_retry_after', array['text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_parse_retry_after', array['text'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_parse_retry_after', array['text'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
