-- what callers of basepool.list_alerts rely on
begin;
select plan(9);

create temporary table arguments as
select array['boolean', 'integer'] as types;
select has_function('basepool', 'list_alerts', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool.list_alerts(boolean,integer)'::regprocedure)
  , 'TABLE(id bigint, name text, severity text, says text, opened_at timestamp with time zone, '
  || 'last_seen_at timestamp with time zone, '
  || 'closed_at timestamp with time zone, sent_at timestamp with time zone, send_error text, tries integer)'
  , 'returns'
);
select function_lang_is('basepool', 'list_alerts', a.types, 'sql') from arguments as a;
select volatility_is('basepool', 'list_alerts', a.types, 'stable') from arguments as a;
select is_definer('basepool', 'list_alerts', a.types) from arguments as a;
select function_privs_are('basepool', 'list_alerts', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'list_alerts', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'list_alerts', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'list_alerts', a.types, 'basepool_glue', array['EXECUTE']) from arguments as a;

select * from finish();
rollback;
