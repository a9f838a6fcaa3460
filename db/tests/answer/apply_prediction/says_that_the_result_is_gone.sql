-- what succeeded, and was removed by Replicate before anybody asked, was paid for and has nothing to show: it says so
begin;
select plan(8);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table gone as
select pg_temp.prediction('p1', 'succeeded') || '{"data_removed": true, "input": {}, "logs": ""}' as body;

select pg_temp.start() as attempt \gset
select basepool.record_submitted(:'attempt', pg_temp.prediction('p1', 'processing'));
select is(basepool.apply_prediction(:'attempt', (select body from gone), 'poll'), 'applied', 'one by one');
select results_eq(
  $$select g.status, g.error_message, g.output_urls, g.output_text from public.generations as g$$,
  $$select 'completed', s.removed_message, null::text [], null::text from basepool.settings as s$$,
  'it is completed, and says why there is nothing'
);

select pg_temp.start(2) as attempt \gset
select basepool.record_submitted(:'attempt', pg_temp.prediction('p2', 'processing'));
select is(
  (select a.outcome from basepool.apply_predictions(jsonb_build_array(
    jsonb_build_object('attempt', :'attempt', 'prediction', (select body || '{"id": "p2"}' from gone), 'source', 'poll')
    , jsonb_build_object('attempt', :'attempt', 'prediction', pg_temp.prediction('p2', 'starting'), 'source', 'poll')
  )) as a
  where a.nth = 1),
  'applied', 'and in a set'
);
select is(
  (
    select count(*)::integer from public.generations as g
    inner join basepool.settings as s on g.error_message = s.removed_message
  ),
  2, 'it says the same'
);

-- an output that is still there is delivered, whatever the mark says
select pg_temp.start(3) as attempt \gset
select basepool.record_submitted(:'attempt', pg_temp.prediction('p3', 'processing'));
select basepool.apply_prediction(
  :'attempt', pg_temp.prediction('p3', 'succeeded', p_output => '"https://x/1.png"') || '{"data_removed": true}', 'poll'
);
select results_eq(
  $$select g.error_message, g.output_urls from public.generations as g where g.replicate_prediction_id = 'p3'$$,
  $$values (null::text, array['https://x/1.png'])$$, 'what is there is delivered'
);
-- and a model that answers with nothing has done what it does
select pg_temp.start(4) as attempt \gset
select basepool.record_submitted(:'attempt', pg_temp.prediction('p4', 'processing'));
select basepool.apply_prediction(:'attempt', pg_temp.prediction('p4', 'succeeded') || '{"data_removed": false}', 'poll');
select is_empty(
  $$select from public.generations as g where g.replicate_prediction_id = 'p4' and g.error_message is not null$$
  , 'nothing is no error'
);

-- a failure that the user was told of stays one: there is nothing to deliver
select pg_temp.start(5) as attempt \gset
select basepool.record_submitted(:'attempt', pg_temp.prediction('p5', 'processing'));
select pg_temp.pass('2 hours');
select basepool._fail_stuck_generations();
select is(basepool.apply_prediction(:'attempt', (select body || '{"id": "p5"}' from gone), 'poll'), 'late', 'too late');
select isnt_empty(
  $$select from public.generations as g where g.replicate_prediction_id = 'p5' and g.status = 'failed'$$, 'it stays failed'
);

select * from finish();
rollback;
