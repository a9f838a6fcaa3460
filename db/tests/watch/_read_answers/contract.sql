-- what callers of basepool._read_answers rely on
begin;
select plan(9);

create temporary table arguments as
select array['timestamp with time zone'] as types;
select has_function('basepool', '_read_answers', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool._read_answers(timestamp with time zone)'::regprocedure)
  , 'integer'
  , 'returns'
);
select function_lang_is('basepool', '_read_answers', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', '_read_answers', a.types, 'volatile') from arguments as a;
select isnt_definer('basepool', '_read_answers', a.types) from arguments as a;
select function_privs_are('basepool', '_read_answers', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_read_answers', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_read_answers', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', '_read_answers', a.types, 'basepool_glue', array[]::text []) from arguments as a;

select * from finish();
rollback;
