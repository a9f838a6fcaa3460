-- limits are changed while it runs: more seats at once, fewer as they become free; the account's rate for all its tokens
begin;
select plan(10);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(1, 2))[1] as id;
select pg_temp.submit_many(12);
select is((select count(*) from basepool.claim_generations('tester', 9)), 2::bigint, 'two seats');
select results_eq(
  $$select l.max_in_flight, l.weight, l.account, l.creates_per_minute, l.burst from pool as p
  cross join lateral basepool.limit_token(p.id, 5, 2, 300, 20) as l$$,
  $$values (5, 2, 'sim-1', 300, 20)$$, 'what counts now'
);
select is((select count(*) from basepool.claim_generations('tester', 9)), 3::bigint, 'three more');
select basepool.limit_token(p.id, 1) from pool as p;
select is((select count(*) from basepool.seats), 5::bigint, 'seats in use stay');
select is((select answer from basepool.claim_generations('tester', 9)), 'busy', 'but are not used again');
select basepool.apply_prediction(a.id, pg_temp.prediction('p' || a.seat_id, 'succeeded'), 'poll')
from basepool._all_attempts() as a;
select is((select count(*) from basepool.claim_generations('tester', 9)), 1::bigint, 'one at a time');
select basepool.limit_token(p.id, 2) from pool as p;
select is((select count(*) from basepool.seats), 2::bigint, 'what is no longer needed goes with the next change');
select throws_ok($$select basepool.limit_token(p.id, 0) from pool as p$$, 'PT400');
select throws_ok($$select basepool.limit_token(p.id, p_creates_per_minute => 0) from pool as p$$, 'PT400');
select throws_ok('select basepool.limit_token(-1)', 'TP005', 'there is no token -1');

select * from finish();
rollback;
