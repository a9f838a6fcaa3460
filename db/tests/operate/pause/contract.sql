-- what callers of basepool.pause rely on
begin;
select plan(9);

create function pg_temp.arguments() returns text []
language sql as $$
  select array['text', 'text', 'timestamp with time zone', 'text', 'text']
$$;
select has_function('basepool', 'pause', pg_temp.arguments());
select is(
  pg_get_function_result('basepool.pause(text, text, timestamp with time zone, text, text)'::regprocedure), 'text', 'returns'
);
select function_lang_is('basepool', 'pause', pg_temp.arguments(), 'plpgsql');
select volatility_is('basepool', 'pause', pg_temp.arguments(), 'volatile');
select is_definer('basepool', 'pause', pg_temp.arguments());
select function_privs_are('basepool', 'pause', pg_temp.arguments(), 'anon', array[]::text []);
select function_privs_are('basepool', 'pause', pg_temp.arguments(), 'authenticated', array[]::text []);
select function_privs_are('basepool', 'pause', pg_temp.arguments(), 'service_role', array[]::text []);
select function_privs_are('basepool', 'pause', pg_temp.arguments(), 'basepool_glue', array['EXECUTE']::text []);

select * from finish();
rollback;
