-- what callers of basepool.rotate_token rely on
begin;
select plan(9);

select has_function('basepool', 'rotate_token', array['integer', 'text', 'text']);
select is(pg_get_function_result('basepool.rotate_token(integer,text,text)'::regprocedure),
  'text', 'returns');
select function_lang_is('basepool', 'rotate_token', array['integer', 'text', 'text'], 'plpgsql');
select volatility_is('basepool', 'rotate_token', array['integer', 'text', 'text'], 'volatile');
select is_definer('basepool', 'rotate_token', array['integer', 'text', 'text']);
select function_privs_are('basepool', 'rotate_token', array['integer', 'text', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'rotate_token', array['integer', 'text', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'rotate_token', array['integer', 'text', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'rotate_token',
  array['integer', 'text', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
