-- the user cancelled while the call was under way: the prediction that comes of it is cancelled at Replicate
begin;
select plan(7);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select is(basepool.cancel_for_user(g.id), 'cancelled', 'cancelled') from public.generations as g;
select is_empty($$select * from basepool.claim_cancellations(9)$$, 'there is nothing at Replicate yet');
select throws_ok(
  $$select basepool.record_submitted(a.id, pg_temp.prediction('p1', 'starting')) from attempt as a$$,
  'TP023', (select format('attempt %s is canceled already', a.id) from attempt as a), 'the lease is gone: the late writer is told'
);
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'starting'), 'late'), 'late', 'but what it brought is kept'
) from attempt as a;
select results_eq(
  $$select attempt_id, prediction_id, token from basepool.claim_cancellations(9)$$,
  $$select a.id, 'p1', 'r8_token_number_1' from attempt as a$$, 'now there is, and it is to be cancelled'
);
select is((select g.status from public.generations as g), 'cancelled', 'the generation stays cancelled');
select is((select count(*) from basepool._all_attempts()
where finished_at is null), 0::bigint, 'and holds no slot');

select * from finish();
rollback;
