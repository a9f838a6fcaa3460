-- a stuck generation whose prediction has finished is completed, not failed; unasked it waits for its grace time only
begin;
select plan(8);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 2) as s (n);
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'starting')) from attempt as a;
update basepool.seats set check_at = basepool.now() + interval '1 day';
select pg_temp.pass('31 minutes');
select is(basepool._fail_stuck_generations(), 0, 'none is failed unasked');
select set_eq(
  $$select prediction_id from basepool.claim_checks(9)$$, array['p1', 'p2'], 'they are asked about at once'
);
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded', null, '"https://x/1.png"'), 'poll'), 'applied',
  'one has finished'
) from attempt as a
where a.n = 1;
select basepool.record_check_failed(a.id, 503, 'HTTP 503') from attempt as a
where a.n = 2;
select is(basepool._fail_stuck_generations(), 0, 'about the other nothing is known yet');
select set_eq(
  'select status from public.generations', array['completed', 'processing'], 'the one that has finished is complete'
);
select pg_temp.pass('8 minutes 59 seconds');
select is(basepool._fail_stuck_generations(), 0, 'the grace time');
select pg_temp.pass('1 second');
select is(basepool._fail_stuck_generations(), 1, 'is bounded');
select set_eq(
  'select status from public.generations', array['completed', 'failed'], 'and it fails'
);

select * from finish();
rollback;
