-- a worker that dies in the middle of a list keeps its account for a lease's time; what it says after that is not heard
begin;
select plan(11);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_rejected(a.id, 'transport', null, 'reset: ReadError') from attempt as a;
select pg_temp.pass('61 seconds');
create temporary table dead as select * from basepool.claim_searches('dead', 9);
select pg_temp.pass('29 seconds');
select is_empty($$select * from basepool.claim_searches('tester', 9)$$, 'it still may go on');
select is_empty($$select m.* from dead as d cross join lateral basepool.match_predictions(d.search_id, '[]') as m$$, 'a page');
select pg_temp.pass('29 seconds');
select is_empty($$select * from basepool.claim_searches('tester', 9)$$, 'prolongs its lease');
select throws_ok(
  $$insert into basepool.searches (account_id, worker, started_at, leased_until, created_after, created_before, attempts)
  select d.account_id, 'x', now(), now(), now(), now(), 1 from dead as d$$,
  '23505', 'duplicate key value violates unique constraint "searches_one_under_way_key"', 'there can be no two at once'
);
select pg_temp.pass('1 second');
create temporary table next as select * from basepool.claim_searches('tester', 9);
select results_eq(
  'select n.account_id, n.attempts from next as n', 'select d.account_id, d.attempts from dead as d', 'it is taken over'
);
select is_empty(
  $$select m.* from dead as d
  cross join lateral basepool.match_predictions(d.search_id, jsonb_build_array(pg_temp.listed('p1', p_age => '119 s'))) as m$$,
  'the first one finds nothing any more'
);
select is_empty(
  'select c from dead as d cross join lateral basepool.conclude_search(d.search_id, true) as c', 'and proves nothing'
);
select results_eq(
  'select s.worker, s.pages, s.error, s.is_complete, s.ended_at = basepool.now() from basepool.searches as s order by s.id',
  $$values ('dead', 1, 'worker dead fell silent', false, true), ('tester', 0, null, false, null::boolean)$$, 'the books say so'
);
select throws_ok(
  'select basepool.record_not_found(a.id, d.search_id) from attempt as a cross join dead as d', 'TP023',
  (select format('attempt %s is no longer searched for by this search', a.id) from attempt as a), 'whatever it says'
);
select is_empty($$select * from basepool.claim_searches('third', 9)$$, 'it does not end the second, either');
select results_eq(
  $$select m.prediction_id from next as n
  cross join lateral basepool.match_predictions(n.search_id, jsonb_build_array(pg_temp.listed('p1', p_age => '119 s'))) as m$$,
  $$values ('p1')$$,
  'which finds it'
);
select * from finish();
rollback;
