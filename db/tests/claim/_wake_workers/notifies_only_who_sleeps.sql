-- a worker that has found nothing wants to be told; one that has found something does not
begin;
select plan(5);
\ir ../../helpers.psql

select ok((select w.is_wanted from basepool.wake_up as w), 'at first nobody knows');
select pg_temp.add_tokens(1, 2);
select pg_temp.submit_many(3);
select basepool.claim_generations('tester', 2);
select ok(not (select w.is_wanted from basepool.wake_up as w), 'it has found something');
select is((select c.answer from basepool.claim_generations('tester', 2) as c), 'busy', 'no seat is free');
select ok((select w.is_wanted from basepool.wake_up as w), 'it waits for one');
select basepool.apply_prediction(s.attempt_id, pg_temp.prediction('p1', 'succeeded'), 'poll') from basepool.seats as s
where s.attempt_id = (select max(o.attempt_id::text)::uuid from basepool.seats as o);
select basepool.claim_generations('tester', 2);
select ok(not (select w.is_wanted from basepool.wake_up as w), 'and has it');

select * from finish();
rollback;
