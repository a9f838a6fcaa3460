-- claims begin to look where the first still waits; what comes later, comes back or was overlooked is not lost by it
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 100);
select pg_temp.submit_many(10);
select basepool.claim_generations('tester', 4);
select results_eq(
  'select m.scan_from, m.floor from basepool.marks as m', 'values (0::bigint, 1::bigint)', 'a floor above the head'
);
select pg_temp.submit(11);
select is(
  (select q.tag from basepool.queue as q
where q.user_id = pg_temp.user_id(11)), 1::bigint, 'what is submitted now comes after them'
);
select pg_temp.pass('1 second');
select basepool._move_marks();
select is((select m.is_noted from basepool.marks as m), true, 'who may not know it is noted');
select pg_temp.pass('1 second');
select basepool._move_marks();
select is((select m.scan_from_place from basepool.marks as m), 0::bigint, 'and waited for');
-- this very transaction, which is waited for no longer than a minute
select pg_temp.pass('1 minute');
select basepool._move_marks();
select results_eq(
  'select m.scan_from, m.scan_from_place from basepool.marks as m',
  'select q.tag, q.place from basepool.queue as q order by q.tag, q.place limit 1', 'claims look from the first on'
);

-- a retry of one that was claimed before the mark
select basepool.record_rejected(s.attempt_id, 'transport', null, 'unsent: too late') from basepool.seats as s
where s.attempt_id = (select max(o.attempt_id::text)::uuid from basepool.seats as o);
select is(
  (select count(*) from basepool.queue as q
cross join basepool.marks as m
where (q.tag, q.place) < (m.scan_from, m.scan_from_place)), 0::bigint, 'a retry comes back after it'
);
-- and one that an old transaction has queued before it
update basepool.queue set tag = -5
where user_id = pg_temp.user_id(11);
select is((select count(*) from basepool.claim_generations('tester', 50)), 7::bigint, 'it is overlooked once');
select pg_temp.pass('1 minute');
select is((select c.answer from basepool.claim_generations('tester', 50) as c), 'empty', 'until a claim looks for such');
select is((select c.answer from basepool.claim_generations('tester', 50) as c), 'lease', 'and then it is next');

select * from finish();
rollback;
