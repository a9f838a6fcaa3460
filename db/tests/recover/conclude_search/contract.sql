-- what callers of basepool.conclude_search rely on
begin;
select plan(9);

select has_function('basepool', 'conclude_search', array['bigint', 'boolean', 'text']);
select is(
  pg_get_function_result('basepool.conclude_search(bigint, boolean, text)'::regprocedure),
  'SETOF uuid',
  'returns'
);
select function_lang_is('basepool', 'conclude_search', array['bigint', 'boolean', 'text'], 'plpgsql');
select volatility_is('basepool', 'conclude_search', array['bigint', 'boolean', 'text'], 'volatile');
select is_definer('basepool', 'conclude_search', array['bigint', 'boolean', 'text']);
select function_privs_are(
  'basepool', 'conclude_search', array['bigint', 'boolean', 'text'], 'anon', array[]::text []
);
select
    function_privs_are(
        'basepool',
        'conclude_search',
        array['bigint', 'boolean', 'text'],
        'authenticated',
        array[]::text []
    );
select
    function_privs_are(
        'basepool',
        'conclude_search',
        array['bigint', 'boolean', 'text'],
        'service_role',
        array[]::text []
    );
select
    function_privs_are(
        'basepool',
        'conclude_search',
        array['bigint', 'boolean', 'text'],
        'basepool_glue',
        array['EXECUTE']
    );

select * from finish();
rollback;
