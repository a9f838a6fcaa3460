-- what callers of basepool._prune_history rely on
begin;
select plan(9);

select has_function('basepool', '_prune_history', array['integer']);
select is(pg_get_function_result('basepool._prune_history(integer)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', '_prune_history', array['integer'], 'plpgsql');
select volatility_is('basepool', '_prune_history', array['integer'], 'volatile');
select isnt_definer('basepool', '_prune_history', array['integer']);
select function_privs_are('basepool', '_prune_history', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', '_prune_history', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_prune_history', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_prune_history', array['integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
