-- what callers of basepool.claim_alert_messages rely on
begin;
select plan(9);

create temporary table arguments as
select array['integer'] as types;
select has_function('basepool', 'claim_alert_messages', a.types) from arguments as a;
select is(
  pg_get_function_result('basepool.claim_alert_messages(integer)'::regprocedure)
  , 'TABLE(lease uuid, url text, body jsonb)'
  , 'returns'
);
select function_lang_is('basepool', 'claim_alert_messages', a.types, 'plpgsql') from arguments as a;
select volatility_is('basepool', 'claim_alert_messages', a.types, 'volatile') from arguments as a;
select is_definer('basepool', 'claim_alert_messages', a.types) from arguments as a;
select function_privs_are('basepool', 'claim_alert_messages', a.types, 'anon', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'claim_alert_messages', a.types, 'authenticated', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'claim_alert_messages', a.types, 'service_role', array[]::text []) from arguments as a;
select function_privs_are('basepool', 'claim_alert_messages', a.types, 'basepool_glue', array['EXECUTE']) from arguments as a;

select * from finish();
rollback;
