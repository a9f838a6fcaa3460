-- one run does both, and says how many of each
begin;
select plan(3);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select is(basepool._clean_up(), '{"settled_again": 0, "expired_leases": 0, "failed_generations": 0}'::jsonb, 'nothing to do');
select pg_temp.submit(1);
select pg_temp.pass('30 minutes 1 second');
select
    is(
        basepool._clean_up(),
        '{"settled_again": 0, "expired_leases": 0, "failed_generations": 1}'::jsonb,
        'one that waited for too long'
    );
select pg_temp.start(2);
select pg_temp.pass('31 seconds');
select
    is(
        basepool._clean_up(),
        '{"settled_again": 0, "expired_leases": 1, "failed_generations": 0}'::jsonb,
        'a call whose worker fell silent'
    );

select * from finish();
rollback;
