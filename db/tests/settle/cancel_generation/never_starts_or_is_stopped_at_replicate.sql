-- before the claim it never starts; after it the prediction is cancelled with a token of its own account
begin;
select plan(10);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
create temporary table own as select pg_temp.submit(1) as id;
select is(basepool.cancel_for_user(o.id), 'cancelled', 'before the claim') from own as o;
select is((select answer from basepool.claim_generations('tester', 9)), 'empty', 'it never starts');
select results_eq(
  'select g.status, g.completed_at from public.generations as g', $$select 'cancelled', basepool.now()$$, 'it is over'
);

create temporary table attempt as select pg_temp.start(2) as id;
select basepool.record_submitted(a.id, pg_temp.prediction('p2', 'processing')) from attempt as a;
select is(
  basepool.cancel_for_user((select a.generation_id from basepool._all_attempts() as a
where a.prediction_id = 'p2')), 'cancelled', 'after'
);
select is((select count(*) from basepool._all_attempts()
where finished_at is null), 0::bigint, 'the slot is free at once');
create temporary table asked as select c.* from basepool.claim_cancellations(9) as c;
select results_eq(
  'select s.prediction_id, s.token from asked as s',
  $$select a.prediction_id, t.token from basepool._all_attempts() as a
  inner join public.replicate_tokens as t on t.id = a.token_id$$,
  'the glue cancels it, with the token that made it'
);
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p2', 'canceled'), 'cancel'), 'late', 'Replicate agrees'
) from attempt as a;
select is(
  (select g.status from public.generations as g
where g.user_id = pg_temp.user_id(2)), 'cancelled', 'it is cancelled, not failed'
);

select basepool.apply_prediction(pg_temp.start(3), pg_temp.prediction('p3', 'succeeded', null, '"https://x/3.png"'), 'poll');
select throws_ok(
  $$select basepool.cancel_for_user(a.generation_id) from basepool._all_attempts() as a where a.prediction_id = 'p3'$$, 'PT409',
  'the generation is completed'
);
select throws_ok(
  $$select basepool.cancel_for_user('00000000-0000-0000-0000-000000000001')$$, 'PT404',
  'there is no generation 00000000-0000-0000-0000-000000000001'
);

select * from finish();
rollback;
