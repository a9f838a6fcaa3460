-- what callers of basepool.retry_generations rely on
begin;
select plan(9);

select has_function('basepool', 'retry_generations', array['uuid[]', 'text', 'interval', 'integer', 'boolean']);
select is(
  pg_get_function_result('basepool.retry_generations(uuid[], text, interval, integer, boolean)'::regprocedure),
  'TABLE(generation_id uuid, failed_at timestamp with time zone, error text, outcome text, retried_as uuid)',
  'returns'
);
select function_lang_is('basepool', 'retry_generations', array['uuid[]', 'text', 'interval', 'integer', 'boolean'], 'plpgsql');
select volatility_is('basepool', 'retry_generations', array['uuid[]', 'text', 'interval', 'integer', 'boolean'], 'volatile');
select is_definer('basepool', 'retry_generations', array['uuid[]', 'text', 'interval', 'integer', 'boolean']);
select function_privs_are(
  'basepool', 'retry_generations', array['uuid[]', 'text', 'interval', 'integer', 'boolean'], 'anon', array[]::text []
);
select
    function_privs_are(
        'basepool',
        'retry_generations',
        array['uuid[]', 'text', 'interval', 'integer', 'boolean'],
        'authenticated',
        array[]::text []
    );
select function_privs_are(
  'basepool', 'retry_generations', array['uuid[]', 'text', 'interval', 'integer', 'boolean'], 'service_role', array[]::text []
);
select
    function_privs_are(
        'basepool',
        'retry_generations',
        array['uuid[]', 'text', 'interval', 'integer', 'boolean'],
        'basepool_glue',
        array['EXECUTE']
    );

select * from finish();
rollback;
