-- a seat that became free in a transaction which stayed open for long has a turn where no claim looks any more
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.add_tokens(2, 2);
update basepool.limiters set turn = 50000000;
update basepool.seats set turn = 50000000 + id % 1000;
update basepool.seats set turn = 1000000
where id = (select min(s.id) from basepool.seats as s);
update basepool.marks set recovered_at = basepool.now();
select pg_temp.submit_many(8);
create temporary table leases as select c.* from basepool.claim_generations('tester', 8) as c;
select is((select count(*) from leases), 3::bigint, 'it is overlooked');
select is(basepool._recover_overlooked(), 0, 'for a minute');
select pg_temp.pass('1 minute');
select is(basepool._recover_overlooked(), 1, 'and found');
select is((select count(*) from basepool.claim_generations('tester', 8)), 1::bigint, 'and used');

select * from finish();
rollback;
