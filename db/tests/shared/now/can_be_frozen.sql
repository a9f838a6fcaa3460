-- the clock moves within a transaction, unless a test has stopped it
begin;
select plan(3);

select cmp_ok(basepool.now(), '>', now(), 'it moves on after the transaction began');
select set_config('basepool.frozen_now', '2026-01-01 12:00:00+00', true);
select is(basepool.now(), '2026-01-01 12:00:00+00'::timestamptz, 'stopped');
select set_config('basepool.frozen_now', '', true);
select cmp_ok(basepool.now(), '>', '2026-01-01 12:00:00+00'::timestamptz, 'and let go');

select * from finish();
rollback;
