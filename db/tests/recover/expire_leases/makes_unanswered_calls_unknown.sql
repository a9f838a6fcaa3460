-- a worker that died between claim and answer: after its time the attempt is unknown, keeps its slot and is not repeated
begin;
select plan(8);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select pg_temp.pass('29 seconds');
select is(basepool.expire_leases(), 0, 'the worker still may answer');
select pg_temp.pass('1 second');
select is(basepool.expire_leases(), 1, 'after the lease''s time it may not');
select results_eq(
  'select a.state, a.finished_at, a.error from basepool._all_attempts() as a',
  $$values ('unknown', null::timestamptz, 'worker tester gave no answer in time')$$, 'unknown, in flight'
);
select results_eq(
  'select l.lost_at - l.leased_at, l.search_at - basepool.now() from basepool.lost_attempts as l',
  $$values (interval '60 seconds', interval '0')$$,
  'it is looked for at once; it may have been sent until its call''s time was over'
);
select is((select answer from basepool.claim_generations('tester', 9)), 'empty', 'not repeated');
select is(
  basepool.record_submitted(a.id, pg_temp.prediction('p1', 'starting')), 'recorded', 'a late answer is taken all the same'
) from attempt as a;
select is((select a.state from basepool._all_attempts() as a), 'running', 'and it runs');
select is_empty('select from basepool.lost_attempts', 'nobody looks for it any more');

select * from finish();
rollback;
