-- a stuck generation whose answer was lost is looked for once more, and failed when that was in vain
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_rejected(a.id, 'transport', null, 'reset: ReadError') from attempt as a;
update basepool.lost_attempts set search_at = basepool.now() + interval '1 day';
select pg_temp.pass('31 minutes');
select is(basepool._fail_stuck_generations(), 0, 'not failed unasked');
create temporary table search as select * from basepool.claim_searches('tester', 9);
select is((select s.attempts from search as s), 1, 'it is looked for at once');
select basepool.conclude_search(s.search_id, false, 'HTTP 500') from search as s;
select is(basepool._fail_stuck_generations(), 1, 'that was asked');
select results_eq(
  'select g.status, a.state from public.generations as g inner join basepool._all_attempts() as a on a.generation_id = g.id',
  $$values ('failed', 'canceled')$$, 'it fails'
);
select is((select count(*) from basepool.lost_attempts), 1::bigint, 'what it may have left behind is looked for');

select * from finish();
rollback;
