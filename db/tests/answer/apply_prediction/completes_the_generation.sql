-- a success delivers output, times and cost, frees the slot, and is credited to the token that was used
begin;
select plan(7);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_submitted(a.id, pg_temp.prediction('p1', 'starting')) from attempt as a;
select pg_temp.pass('4 seconds');
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'processing'), 'webhook', 'w1'), 'applied', 'it started'
) from attempt as a;
select is((select g.status from public.generations as g), 'processing', 'which the user sees as processing');
select is(
  basepool.apply_prediction(
    a.id, pg_temp.prediction('p1', 'succeeded', null, '["https://x/1.png", "https://x/2.png"]', 3.25), 'webhook', 'w2'
  ), 'applied', 'it succeeded'
) from attempt as a;
select results_eq(
  $$select g.status, g.output_urls, g.output_text, g.completed_at, g.processing_time_ms, g.error_message
    , g.replicate_output ->> 'id' from public.generations as g$$,
  $$values ('completed', array['https://x/1.png', 'https://x/2.png'], null::text, basepool.now(), 4000, null::text, 'p1')$$,
  'the generation'
);
select results_eq(
  'select a.state, a.finished_at, a.predict_seconds from basepool._all_attempts() as a',
  $$values ('succeeded', basepool.now(), 3.25)$$, 'the attempt'
);
select results_eq(
  'select e.webhook_id, e.prediction_status, e.outcome from basepool.webhook_events as e order by 1',
  $$values ('w1', 'processing', 'applied'), ('w2', 'succeeded', 'applied')$$, 'the inbox'
);

select basepool.apply_prediction(pg_temp.start(2), pg_temp.prediction('p2', 'succeeded', null, '["Hel", "lo"]'), 'poll');
select is(
  (select g.output_text from public.generations as g
where g.user_id = pg_temp.user_id(2)), 'Hello', 'a text model delivers text'
);

select * from finish();
rollback;
