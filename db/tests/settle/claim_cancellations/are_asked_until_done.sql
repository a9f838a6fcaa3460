-- a cancel that failed is asked for again after a minute, one that was taken until its end is heard of; one that is gone is not
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.record_submitted(pg_temp.start(s.n), pg_temp.prediction('p' || s.n, 'processing'))
from generate_series(1, 2) as s (n);
select basepool.cancel_for_user(g.id) from public.generations as g;
select is((select count(*) from basepool.claim_cancellations(9)), 2::bigint, 'two to cancel');
select is((select count(*) from basepool.claim_cancellations(9)), 0::bigint, 'not by two at once');
select basepool.record_cancellation(a.id, 404, 'HTTP 404') from basepool._all_attempts() as a
where a.prediction_id = 'p1';
select basepool.record_cancellation(a.id, null, 'timeout: no answer') from basepool._all_attempts() as a
where a.prediction_id = 'p2';
select pg_temp.pass('59 seconds');
select is_empty($$select * from basepool.claim_cancellations(9)$$, 'not at once');
select pg_temp.pass('1 second');
select results_eq(
  $$select prediction_id from basepool.claim_cancellations(9)$$, $$values ('p2')$$, 'again, until it is done'
);
select is(
  (select a.error from basepool._all_attempts() as a
where a.prediction_id = 'p2'),
  'cancelling failed: timeout: no answer',
  'with its reason'
);
select basepool.apply_prediction(a.id, pg_temp.prediction('p2', 'processing'), 'cancel') from basepool._all_attempts() as a
where a.prediction_id = 'p2';
select basepool.record_cancellation(a.id, 200) from basepool._all_attempts() as a
where a.prediction_id = 'p2';
select is_empty($$select * from basepool.claim_cancellations(9)$$, 'Replicate has taken it');
select pg_temp.pass('10 seconds');
select results_eq(
  $$select prediction_id from basepool.claim_cancellations(9)$$, $$values ('p2')$$, 'but whether it has ended is not known'
);
select basepool.apply_prediction(a.id, pg_temp.prediction('p2', 'canceled'), 'cancel') from basepool._all_attempts() as a
where a.prediction_id = 'p2';
select basepool.record_cancellation(a.id, 200) from basepool._all_attempts() as a
where a.prediction_id = 'p2';
select is_empty('select from basepool.cancellations', 'now it is');
select pg_temp.pass('1 hour');
select is_empty($$select * from basepool.claim_cancellations(9)$$, 'then no more');

select * from finish();
rollback;
