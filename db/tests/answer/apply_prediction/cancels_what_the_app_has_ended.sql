-- the app ends a row by itself while it runs: it is cancelled at Replicate at once, and its seat is free
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 2) as s (n);
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'processing')) from attempt as a;
-- as when somebody is at one of them
alter table public.generations disable trigger let_go_of_failed;
update public.generations set status = 'failed', error_message = 'Generation timed out'
where user_id = pg_temp.user_id(1);
alter table public.generations enable trigger let_go_of_failed;
update public.generations set status = 'failed', error_message = 'Generation timed out'
where user_id = pg_temp.user_id(2);
select results_eq(
  'select a.prediction_id, a.state, a.decision from basepool.attempts as a'
  , $$values ('p2', 'canceled', 'the app has failed its generation')$$, 'it runs no longer'
);
select is(
  (select array_agg(p.outcome) from basepool.apply_predictions((
    select jsonb_agg(jsonb_build_object('attempt', a.id, 'source', 'poll', 'prediction', pg_temp.prediction('p1', 'processing')))
    from attempt as a
    where a.n = 1
  )) as p), array['unchanged'], 'the other by a poll that brings nothing new'
);
select set_eq(
  'select prediction_id from basepool.claim_cancellations(9)', array['p1', 'p2'], 'nobody waits for it, so it is cancelled there'
);
select is((select count(*) from basepool.seats as s
where s.attempt_id is not null), 0::bigint, 'and its seat is free');

select * from finish();
rollback;
