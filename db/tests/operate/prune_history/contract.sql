-- what callers of basepool.prune_history rely on
begin;
select plan(9);

select has_function('basepool', 'prune_history', array['integer']);
select is(pg_get_function_result('basepool.prune_history(integer)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', 'prune_history', array['integer'], 'plpgsql');
select volatility_is('basepool', 'prune_history', array['integer'], 'volatile');
select isnt_definer('basepool', 'prune_history', array['integer']);
select function_privs_are('basepool', 'prune_history', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', 'prune_history', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'prune_history', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'prune_history', array['integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
