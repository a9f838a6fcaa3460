-- the app ends a row by itself while it runs: the next that is heard of it has it cancelled at Replicate
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 2) as s (n);
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'processing')) from attempt as a;
update public.generations set status = 'failed', error_message = 'Generation timed out';
select is((select count(*) from basepool.seats as s
where s.attempt_id is not null), 2::bigint, 'it runs on');
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'processing'), 'poll'), 'unchanged', 'a poll that brings nothing new'
) from attempt as a
where a.n = 1;
select is(
  (select array_agg(p.outcome) from basepool.apply_predictions((
    select jsonb_agg(jsonb_build_object('attempt', a.id, 'source', 'poll', 'prediction', pg_temp.prediction('p2', 'processing')))
    from attempt as a
    where a.n = 2
  )) as p), array['unchanged'], 'in a set as well'
);
select set_eq(
  'select prediction_id from basepool.claim_cancellations(9)', array['p1', 'p2'], 'nobody waits for it, so it is cancelled there'
);
select is((select count(*) from basepool.seats as s
where s.attempt_id is not null), 0::bigint, 'and its seat is free');

select * from finish();
rollback;
