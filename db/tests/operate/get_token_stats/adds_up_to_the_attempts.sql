-- outcomes, errors by rule, seconds and percentiles per token; the sum over tokens is the attempts, removed ones included
begin;
select plan(7);
\ir ../../helpers.psql

create temporary table pool as select pg_temp.add_tokens(3) as ids;
create temporary table tries as select
s.n,
pg_temp.start(s.n) as id
from generate_series(1, 9) as s (n);
select pg_temp.pass('2 seconds');
select basepool.record_submitted(t.id, pg_temp.prediction('p' || t.n, 'starting')) from tries as t
where t.n <= 6;
select basepool.apply_prediction(t.id, pg_temp.prediction('p' || t.n, 'succeeded', null, null, t.n), 'poll')
from tries as t
where t.n <= 3;
select basepool.apply_prediction(t.id, pg_temp.prediction('p' || t.n, 'failed', 'CUDA error'), 'poll')
from tries as t
where t.n = 4;
select basepool.record_rejected(t.id, 'http', 422, '{}') from tries as t
where t.n = 7;
select results_eq(
  'select sum(s.leases), sum(s.succeeded), sum(s.failed), sum(s.rejected), sum(s.open), sum(s.predict_seconds)
  from basepool.get_token_stats() as s',
  $$values (9::bigint, 3::bigint, 1::bigint, 1::bigint, 4::bigint, 6::numeric)$$, 'nine attempts'
);
select results_eq(
  $$select s.leases, s.success_rate, s.errors, s.submit_p50, s.predict_p95, s.in_flight
  from basepool.get_token_stats() as s order by s.token_id limit 1$$,
  $$values (3, 0.333, '{"input-invalid": 1, "prediction-failed": 1}'::jsonb, 2.000, 1.000, 0)$$, 'of the first token'
);
select results_eq(
  $$select s.leases, s.success_rate, s.errors, s.submit_p50 between 2 and 2.5, s.predict_p95 between 1 and 1.25, s.in_flight
  from basepool.get_token_stats('1 day') as s order by s.token_id limit 1$$,
  $$values (3, 0.333, '{"input-invalid": 1, "prediction-failed": 1}'::jsonb, true, true, 0)$$, 'of a long window, from the sums'
);
select is(
  (select count(*) from basepool.get_token_stats('1 second') as s
where s.leases > 0), 0::bigint, 'the window counts'
);
select basepool.remove_token(p.ids[1]) from pool as p;
select is((select sum(s.leases) from basepool.get_token_stats() as s), 9::bigint, 'a removed token''s attempts are not lost');
select basepool._roll_up_token_stats();
select results_eq(
  'select sum(s.leases), sum(s.predict_seconds) from basepool.token_stats as s', $$values (9::bigint, 6::numeric)$$,
  'the roll-up says the same'
);
select is(
  (select t.errors from basepool.token_stats as t
where t.token_id = (select p.ids[1] from pool as p)),
  '{"input-invalid": 1, "prediction-failed": 1}'::jsonb, 'with the errors'
);

select * from finish();
rollback;
