-- what callers of basepool._try_other_route rely on
begin;
select plan(9);

select has_function('basepool', '_try_other_route', array['basepool.attempts', 'integer', 'text']);
select is(pg_get_function_result('basepool._try_other_route(basepool.attempts, integer, text)'::regprocedure)
  , 'basepool.error_rules', 'returns');
select function_lang_is('basepool', '_try_other_route', array['basepool.attempts', 'integer', 'text'], 'plpgsql');
select volatility_is('basepool', '_try_other_route', array['basepool.attempts', 'integer', 'text'], 'volatile');
select isnt_definer('basepool', '_try_other_route', array['basepool.attempts', 'integer', 'text']);
select function_privs_are('basepool', '_try_other_route', array['basepool.attempts', 'integer', 'text'], 'anon'
  , array[]::text []);
select function_privs_are('basepool', '_try_other_route', array['basepool.attempts', 'integer', 'text'], 'authenticated'
  , array[]::text []);
select function_privs_are('basepool', '_try_other_route', array['basepool.attempts', 'integer', 'text'], 'service_role'
  , array[]::text []);
select function_privs_are('basepool', '_try_other_route', array['basepool.attempts', 'integer', 'text'], 'basepool_glue'
  , array[]::text []);

select * from finish();
rollback;
