-- what callers of basepool._read_url rely on
begin;
select plan(9);

create temporary table arguments as
select array['text'] as types;
select has_function('basepool', '_read_url', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._read_url(text)'::regprocedure)
  , 'record'
  , 'returns'
);
select function_lang_is('basepool', '_read_url', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', '_read_url', a.types, 'stable') from arguments as a;
select isnt_definer('basepool', '_read_url', a.types) from arguments as a;
select function_privs_are('basepool', '_read_url', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_read_url', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_read_url', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_read_url', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
