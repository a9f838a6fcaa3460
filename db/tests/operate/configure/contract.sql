-- what callers of basepool.configure rely on
begin;
select plan(9);

select has_function('basepool', 'configure', array['jsonb']);
select is(
  pg_get_function_result('basepool.configure(jsonb)'::regprocedure),
  'TABLE(name text, value text, was text, default_value text, unit text, allowed text, means text)',
  'returns'
);
select function_lang_is('basepool', 'configure', array['jsonb'], 'plpgsql');
select volatility_is('basepool', 'configure', array['jsonb'], 'volatile');
select isnt_definer('basepool', 'configure', array['jsonb']);
select function_privs_are('basepool', 'configure', array['jsonb'], 'anon', array[]::text []);
select function_privs_are('basepool', 'configure', array['jsonb'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'configure', array['jsonb'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'configure', array['jsonb'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
