-- everything that is no create has a limit of its own, shared by checks and cancels
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 100);
update basepool.accounts set reads_per_minute = 20;
select basepool.record_submitted(pg_temp.start(s.n), pg_temp.prediction('p' || s.n, 'processing'))
from generate_series(1, 10) as s (n);
select basepool.cancel_for_user(g.id) from public.generations as g
where g.user_id = pg_temp.user_id(10);
select pg_temp.pass('2 minutes');
select is((select count(*) from basepool.claim_checks(50)), 2::bigint, 'a burst of a tenth');
select is((select count(*) from basepool.claim_cancellations(50)), 0::bigint, 'cancels share it');
select pg_temp.pass('4 seconds');
select is((select count(*) from basepool.claim_cancellations(50)), 1::bigint, 'it refills');
select is((select count(*) from basepool.claim_checks(50)), 0::bigint, 'for one');

select * from finish();
rollback;
