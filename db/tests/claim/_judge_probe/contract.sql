-- what callers of basepool._judge_probe rely on
begin;
select plan(9);

create function pg_temp.arguments() returns text []
language sql as $$
  select array['basepool.breakers', 'timestamp with time zone']
$$;
select has_function('basepool', '_judge_probe', pg_temp.arguments());
select is(
  pg_get_function_result('basepool._judge_probe(basepool.breakers, timestamp with time zone)'::regprocedure), 'text', 'returns'
);
select function_lang_is('basepool', '_judge_probe', pg_temp.arguments(), 'plpgsql');
select volatility_is('basepool', '_judge_probe', pg_temp.arguments(), 'volatile');
select isnt_definer('basepool', '_judge_probe', pg_temp.arguments());
select function_privs_are('basepool', '_judge_probe', pg_temp.arguments(), 'anon', array[]::text []);
select function_privs_are('basepool', '_judge_probe', pg_temp.arguments(), 'authenticated', array[]::text []);
select function_privs_are('basepool', '_judge_probe', pg_temp.arguments(), 'service_role', array[]::text []);
select function_privs_are('basepool', '_judge_probe', pg_temp.arguments(), 'basepool_glue', array[]::text []);

select * from finish();
rollback;
