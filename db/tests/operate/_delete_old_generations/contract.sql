-- what callers of basepool._delete_old_generations rely on
begin;
select plan(9);

select has_function('basepool', '_delete_old_generations', array['integer']);
select is(pg_get_function_result('basepool._delete_old_generations(integer)'::regprocedure), 'jsonb', 'returns');
select function_lang_is('basepool', '_delete_old_generations', array['integer'], 'plpgsql');
select volatility_is('basepool', '_delete_old_generations', array['integer'], 'volatile');
select isnt_definer('basepool', '_delete_old_generations', array['integer']);
select function_privs_are('basepool', '_delete_old_generations', array['integer'], 'anon', array[]::text []);
select function_privs_are('basepool', '_delete_old_generations', array['integer'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_delete_old_generations', array['integer'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_delete_old_generations', array['integer'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
