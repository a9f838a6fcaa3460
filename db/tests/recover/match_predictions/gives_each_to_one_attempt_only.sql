-- two lost attempts with equal inputs, two equal predictions: interchangeable, but each is given once
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt (n integer, id uuid);
insert into attempt values (1, pg_temp.start(1));
select pg_temp.pass('1 millisecond');
insert into attempt values (2, pg_temp.start(2)), (3, pg_temp.start(3));
select basepool.record_rejected(a.id, 'transport', null, 'timeout: no answer') from attempt as a
where a.n < 3;
select basepool.record_submitted(a.id, pg_temp.prediction('p3', 'starting')) from attempt as a
where a.n = 3;

select is_empty($$select * from basepool.claim_searches('tester', 9)$$, 'not at once: most webhooks are faster');
select pg_temp.pass('2 seconds');
create temporary table search as select * from basepool.claim_searches('tester', 9);
select results_eq(
  'select s.token, s.attempts from search as s',
  $$values ('r8_token_number_1', 2)$$,
  'one search for both, with a token of the account'
);
select is_empty($$select * from basepool.claim_searches('tester', 9)$$, 'and one at a time');
select results_eq(
  $$select m.attempt_id, m.prediction_id from search as s cross join lateral basepool.match_predictions(s.search_id
    , jsonb_build_array(pg_temp.listed('p3'), pg_temp.listed('other', '{"prompt": "a dog"}'), pg_temp.listed('p1')
      , pg_temp.listed('model', p_model => 'acme/upscaler'), pg_temp.listed('old', p_age => '1 hour'))) as m$$,
  $$select a.id, 'p1' from attempt as a where a.n = 1$$,
  'given to the oldest: not what is owned, not another input, model or time'
);
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'processing'), 'search'), 'applied', 'it is attached'
) from attempt as a
where a.n = 1;
select results_eq(
  $$select m.attempt_id, m.prediction_id from search as s cross join lateral basepool.match_predictions(s.search_id
    , jsonb_build_array(pg_temp.listed('p1'), pg_temp.listed('p2', p_model => 'Acme/Painter'))) as m$$,
  $$select a.id, 'p2' from attempt as a where a.n = 2$$, 'the next one goes to the other, however its model is written'
);
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p2', 'succeeded', null, '"https://x/2.png"'), 'webhook', 'w1'), 'applied',
  'its webhook names the first, which has another already: it goes where an equal one is missing'
) from attempt as a
where a.n = 1;
select results_eq(
  $$select a.n, b.prediction_id, b.state from attempt as a inner join basepool._all_attempts() as b on b.id = a.id order by a.n$$,
  $$values (1, 'p1', 'running'), (2, 'p2', 'succeeded'), (3, 'p3', 'running')$$, 'each has one'
);
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded', null, '"https://x/1.png"'), 'webhook', 'w2'), 'applied',
  'and the webhook of the first, which names the second, ends the first'
) from attempt as a
where a.n = 2;

select * from finish();
rollback;
