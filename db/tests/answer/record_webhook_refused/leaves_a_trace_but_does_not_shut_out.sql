-- a forged webhook leaves a trace, and the genuine one of the same id is applied all the same
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_webhook_refused(a.id, 'w1', 'bad signature') from attempt as a;
select basepool.record_webhook_refused(null, null, 'too large');
select results_eq(
  'select count(*), count(*) filter (where outcome = ''refused: bad signature'') from basepool.webhook_events',
  $$values (2::bigint, 1::bigint)$$, 'both left a trace'
);
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'processing'), 'webhook', 'w1'), 'applied', 'the genuine one is applied'
) from attempt as a;
select basepool.record_webhook_refused(a.id, 'w1', 'bad signature') from attempt as a;
select is(
  (select e.outcome from basepool.webhook_events as e
where e.webhook_id = 'w1'), 'applied', 'and its trace stays'
);
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'processing'), 'webhook', 'w1'), 'duplicate', 'once'
) from attempt as a;
select lives_ok(
  $$select basepool.record_webhook_refused(null, repeat('x', 5000), repeat('y', 5000))$$, 'however long what they send'
);

select * from finish();
rollback;
