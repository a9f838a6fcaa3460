-- Replicate's webhook may be faster than its answer to the create: the call goes on, and nothing of it is lost
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'processing'), 'webhook', 'msg_1') from attempt as a;
select is(basepool.renew_leases('tester', array[a.id]), a.id, 'it runs: that is known') from attempt as a;
select is_empty($$select basepool.renew_leases('another', array[a.id]) from attempt as a$$, 'to its own worker');
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded'), 'webhook', 'msg_2') from attempt as a;
select is(basepool.renew_leases('tester', array[a.id]), a.id, 'it has ended: that is known, too') from attempt as a;

update attempt set id = pg_temp.start(2);
select basepool.record_rejected(a.id, 'http', 422, 'invalid') from attempt as a;
select is_empty($$select basepool.renew_leases('tester', array[a.id]) from attempt as a$$, 'what has no prediction is lost');

select * from finish();
rollback;
