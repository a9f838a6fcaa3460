-- what callers of basepool._may_be_at_replicate rely on
begin;
select plan(9);

select has_function('basepool', '_may_be_at_replicate', array['text', 'text']::text []);
select is(
  pg_get_function_result('basepool._may_be_at_replicate(text, text)'::regprocedure), 'boolean', 'returns'
);
select function_lang_is('basepool', '_may_be_at_replicate', array['text', 'text']::text [], 'sql');
select volatility_is('basepool', '_may_be_at_replicate', array['text', 'text']::text [], 'immutable');
select isnt_definer('basepool', '_may_be_at_replicate', array['text', 'text']::text []);
select function_privs_are('basepool', '_may_be_at_replicate', array['text', 'text']::text [], 'anon', array[]::text []);
select function_privs_are('basepool', '_may_be_at_replicate', array['text', 'text']::text [], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_may_be_at_replicate', array['text', 'text']::text [], 'service_role', array[]::text []);
select function_privs_are('basepool', '_may_be_at_replicate', array['text', 'text']::text [], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
