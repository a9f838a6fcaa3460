-- an image model that takes 4 seconds is asked about soon, a video model that takes minutes is not; unknown ones by the setting
begin;
select plan(7);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 100);
select basepool.configure('{"user_active_limit": 100}');
create temporary table attempt as
select
  s.n,
  m.model,
  pg_temp.submit(s.n, m.model) as generation
from generate_series(1, 20) as s (n)
cross join (values ('acme/painter'), ('acme/film'), ('acme/rare')) as m (model)
where m.model <> 'acme/rare' or s.n < 20;
select basepool.claim_generations('tester', 100);
select basepool.record_submitted(a.id, pg_temp.prediction(a.id::text, 'starting')) from basepool._all_attempts() as a;
select pg_temp.pass('20 seconds');
select basepool.apply_prediction(a.id, pg_temp.prediction(a.prediction_id, 'succeeded'), 'poll') from basepool._all_attempts() as a
where a.model = 'acme/painter';
select pg_temp.pass('180 seconds');
select basepool.apply_prediction(a.id, pg_temp.prediction(a.prediction_id, 'succeeded'), 'poll') from basepool._all_attempts() as a
where a.model <> 'acme/painter';
select is(basepool._roll_up_model_stats(), 2, 'two of them are known, 19 runs are too few');
select results_eq(
  'select m.model, m.runs, m.p95 from basepool.model_stats as m order by m.model',
  $$values ('acme/film', 20, interval '200 seconds'), ('acme/painter', 20, interval '20 seconds')$$, 'and how long they take'
);
create function pg_temp.silence(p_model text) returns interval language sql as $$
  select pg_temp.submit(50, p_model);
  select basepool.record_submitted(c.attempt_id, pg_temp.prediction(c.attempt_id::text, 'starting'))
  from basepool.claim_generations('tester', 1) as c;
  select s.check_at - basepool.now() from basepool.seats as s where s.model = p_model and s.attempt_id is not null;
$$;
select is(pg_temp.silence('acme/painter'), '30 seconds', 'half as long again');
select is(pg_temp.silence('acme/film'), '300 seconds', 'for each model its own');
select is(pg_temp.silence('acme/rare'), '90 seconds', 'settings.check_after while nothing is known');
select pg_temp.pass('30 seconds');
select is((select count(*) from basepool.claim_checks(9)), 1::bigint, 'only the silent one is asked for');
select ok(
  (select s.check_at - basepool.now() between '27 seconds' and '33 seconds' from basepool.seats as s
where s.model = 'acme/painter' and s.attempt_id is not null), 'and asked for again after as long'
);

select * from finish();
rollback;
