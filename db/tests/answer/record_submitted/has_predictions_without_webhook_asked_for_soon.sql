-- where no webhook was ordered Replicate is asked after poll_every, else only after a longer silence
begin;
select plan(2);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.record_submitted(pg_temp.start(1), pg_temp.prediction('p1', 'starting'), true);
select basepool.record_submitted(pg_temp.start(2), pg_temp.prediction('p2', 'starting'), false);
select results_eq(
  'select prediction_id, check_at - basepool.now() from basepool.seats where attempt_id is not null order by 1',
  $$values ('p1', interval '90 seconds'), ('p2', interval '3 seconds')$$, 'when each is asked for'
);
select pg_temp.pass('3 seconds');
select results_eq(
  $$select prediction_id, token from basepool.claim_checks(9)$$, $$values ('p2', 'r8_token_number_1')$$,
  'the one without webhook is due'
);

select * from finish();
rollback;
