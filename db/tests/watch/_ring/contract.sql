-- what callers of basepool._ring rely on
begin;
select plan(9);

create temporary table arguments as
select array['timestamp with time zone', 'jsonb', 'boolean'] as types;
select has_function('basepool', '_ring', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._ring(timestamp with time zone,jsonb,boolean)'::regprocedure)
  , 'jsonb'
  , 'returns'
);
select function_lang_is('basepool', '_ring', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', '_ring', a.types, 'volatile') from arguments as a;
select isnt_definer('basepool', '_ring', a.types) from arguments as a;
select function_privs_are('basepool', '_ring', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_ring', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_ring', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_ring', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
