-- an unknown attempt, a webhook without its id, an invented source: refused by name, nothing changed
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select throws_ok(
  $$select basepool.apply_prediction('00000000-0000-0000-0000-000000000001', pg_temp.prediction('p', 'succeeded'), 'poll')$$,
  'TP001', 'there is no attempt 00000000-0000-0000-0000-000000000001'
);
select throws_ok(
  $$select basepool.apply_prediction(a.id, pg_temp.prediction('p', 'succeeded'), 'webhook') from attempt as a$$,
  'PT400', 'p_webhook_id is null for a webhook'
);
select throws_ok(
  $$select basepool.apply_prediction(a.id, pg_temp.prediction('p', 'succeeded'), 'hearsay') from attempt as a$$,
  'PT400', 'p_source is ''hearsay'''
);
select throws_ok(
  $$select basepool.apply_prediction(a.id, '[]', 'poll') from attempt as a$$,
  'PT400', 'this is not a prediction: it has no id or no status'
);
select is((select a.state from basepool._all_attempts() as a), 'submitting', 'nothing was changed');

select * from finish();
rollback;
