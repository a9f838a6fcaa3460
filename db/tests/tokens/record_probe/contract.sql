-- what callers of basepool.record_probe rely on
begin;
select plan(9);

select has_function('basepool', 'record_probe', array['integer', 'integer', 'text']);
select is(pg_get_function_result('basepool.record_probe(integer,integer,text)'::regprocedure),
  'text', 'returns');
select function_lang_is('basepool', 'record_probe', array['integer', 'integer', 'text'], 'plpgsql');
select volatility_is('basepool', 'record_probe', array['integer', 'integer', 'text'], 'volatile');
select is_definer('basepool', 'record_probe', array['integer', 'integer', 'text']);
select function_privs_are('basepool', 'record_probe', array['integer', 'integer', 'text'], 'anon', array[]::text []);
select function_privs_are('basepool', 'record_probe', array['integer', 'integer', 'text'], 'authenticated', array[]::text []);
select function_privs_are('basepool', 'record_probe', array['integer', 'integer', 'text'], 'service_role', array[]::text []);
select function_privs_are('basepool', 'record_probe',
  array['integer', 'integer', 'text'], 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
