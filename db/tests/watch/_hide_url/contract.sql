-- what callers of basepool._hide_url rely on
begin;
select plan(9);

create temporary table arguments as
select array['text'] as types;
select has_function('basepool', '_hide_url', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._hide_url(text)'::regprocedure)
  , 'text'
  , 'returns'
);
select function_lang_is('basepool', '_hide_url', a.types, 'sql') from arguments as a;
select volatility_is('basepool', '_hide_url', a.types, 'immutable') from arguments as a;
select isnt_definer('basepool', '_hide_url', a.types) from arguments as a;
select function_privs_are('basepool', '_hide_url', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_hide_url', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_hide_url', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_hide_url', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
