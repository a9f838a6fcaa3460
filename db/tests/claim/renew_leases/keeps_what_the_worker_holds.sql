-- who lives keeps its calls; who was taken over hears of it
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select pg_temp.pass('20 seconds');
select is(basepool.renew_leases('tester', array[a.id]), a.id, 'renewed') from attempt as a;
select pg_temp.pass('29 seconds');
select is(basepool.expire_leases(), 0, 'so it does not run out after its first 30 seconds');
select is_empty(
  $$select basepool.renew_leases('somebody else', array[a.id]) from attempt as a$$, 'nobody else can renew it'
);
select pg_temp.pass('1 second');
select is(basepool.expire_leases(), 1, '30 seconds after the last renewal it does');
select is_empty($$select basepool.renew_leases('tester', array[a.id]) from attempt as a$$, 'then it is lost');

select * from finish();
rollback;
