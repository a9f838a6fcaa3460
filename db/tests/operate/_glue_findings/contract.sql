-- what callers of basepool._glue_findings rely on
begin;
select plan(9);

select has_function('basepool', '_glue_findings', array['timestamp with time zone']);
select is(
  pg_get_function_result('basepool._glue_findings(timestamp with time zone)'::regprocedure),
  'TABLE(name text, says text)',
  'returns'
);
select function_lang_is('basepool', '_glue_findings', array['timestamp with time zone'], 'plpgsql');
select volatility_is('basepool', '_glue_findings', array['timestamp with time zone'], 'stable');
select isnt_definer('basepool', '_glue_findings', array['timestamp with time zone']);
select function_privs_are('basepool', '_glue_findings', array['timestamp with time zone'], 'anon', array[]::text []);
select function_privs_are('basepool', '_glue_findings', array['timestamp with time zone'], 'authenticated', array[]::text []);
select function_privs_are('basepool', '_glue_findings', array['timestamp with time zone'], 'service_role', array[]::text []);
select function_privs_are('basepool', '_glue_findings', array['timestamp with time zone'], 'basepool_glue', array[]::text []);

select * from finish();
rollback;
