-- what callers of basepool._end_message rely on
begin;
select plan(9);

create temporary table arguments as
select array['bigint', 'timestamp with time zone', 'integer', 'text'] as types;
select has_function('basepool', '_end_message', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._end_message(bigint,timestamp with time zone,integer,text)'::regprocedure)
  , 'text'
  , 'returns'
);
select function_lang_is('basepool', '_end_message', a.types, 'sql') from arguments as a;
select volatility_is('basepool', '_end_message', a.types, 'volatile') from arguments as a;
select isnt_definer('basepool', '_end_message', a.types) from arguments as a;
select function_privs_are('basepool', '_end_message', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_end_message', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_end_message', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_end_message', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
