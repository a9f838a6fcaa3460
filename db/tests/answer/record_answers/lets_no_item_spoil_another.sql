-- accepted, refused and lost in one commit, each with what follows from it
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 6) as s (n);
create temporary table answers as
select r.*
from
  basepool.record_answers((
    select jsonb_agg(
      jsonb_build_object('attempt', a.id) || case a.n
        when 1 then jsonb_build_object('prediction', pg_temp.prediction('p1', 'starting'))
        when 2 then '{"source": "http", "status": 422, "body": "{}"}'
        when 3 then '{"source": "transport", "status": null, "body": "timeout: no answer in 60 s"}'
        when 4 then jsonb_build_object('prediction', pg_temp.prediction('p1', 'starting'))
        when 5 then jsonb_build_object('prediction', pg_temp.prediction('p5', 'starting'), 'has_webhook', false)
        else '{"source": "transport", "body": "connect: no"}'
      end order by a.n
    ) from attempt as a
  )) as r;
select results_eq(
  $$select nth, outcome, rule, error ->> 'code' from answers order by nth$$,
  $$values (1, 'recorded', null, null), (2, 'fail', 'input-invalid', null), (3, 'find_out', 'answer-lost', null)
  , (4, null, null, 'TP002'), (5, 'recorded', null, null), (6, 'retry', 'not-sent', null)$$,
  'each its own outcome'
);
select results_eq(
  $$select nth from answers where retry_at > basepool.now()$$, 'values (6)', 'one is tried again later'
);
select results_eq(
  $$select s.state, s.prediction_id, s.has_webhook from basepool.seats as s inner join attempt as a on a.id = s.attempt_id
  order by a.n$$,
  $$values ('running', 'p1', true), ('unknown', null, true), ('submitting', null, true), ('running', 'p5', false)$$,
  'those in flight'
);
select results_eq(
  $$select outcome from basepool.record_answers((select jsonb_agg(jsonb_build_object(
    'attempt', a.id, 'prediction', pg_temp.prediction('p1', 'starting'))) from attempt as a where a.n = 1))$$,
  $$values ('unchanged')$$, 'said twice, it changes nothing'
);
select throws_ok($$select * from basepool.record_answers('17')$$, 'PT400');

select * from finish();
rollback;
