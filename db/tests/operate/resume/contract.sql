-- what callers of basepool.resume rely on
begin;
select plan(9);

create function pg_temp.arguments() returns text []
language sql as $$
  select array['text', 'text']
$$;
select has_function('basepool', 'resume', pg_temp.arguments());
select is(
  pg_get_function_result('basepool.resume(text, text)'::regprocedure), 'text', 'returns'
);
select function_lang_is('basepool', 'resume', pg_temp.arguments(), 'plpgsql');
select volatility_is('basepool', 'resume', pg_temp.arguments(), 'volatile');
select is_definer('basepool', 'resume', pg_temp.arguments());
select function_privs_are('basepool', 'resume', pg_temp.arguments(), 'anon', array[]::text []);
select function_privs_are('basepool', 'resume', pg_temp.arguments(), 'authenticated', array[]::text []);
select function_privs_are('basepool', 'resume', pg_temp.arguments(), 'service_role', array[]::text []);
select function_privs_are('basepool', 'resume', pg_temp.arguments(), 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
