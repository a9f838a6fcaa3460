-- the answer to a create: the attempt runs, the generation names the prediction; said twice it changes nothing
begin;
select plan(8);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select is(basepool.record_submitted(a.id, pg_temp.prediction('p1', 'starting')), 'recorded', 'recorded') from attempt as a;
select results_eq(
  'select state, prediction_id, prediction_status, submitted_at, finished_at from basepool._all_attempts()',
  $$values ('running', 'p1', 'starting', basepool.now(), null::timestamptz)$$, 'it runs and keeps its slot'
);
select results_eq(
  'select status, replicate_prediction_id from public.generations', $$values ('processing', 'p1')$$, 'the app can see which'
);
select is(
  basepool.record_submitted(a.id, pg_temp.prediction('p1', 'starting')), 'unchanged', 'twice is as good as once'
) from attempt as a;
select throws_ok(
  $$select basepool.record_submitted(a.id, pg_temp.prediction('p2', 'starting')) from attempt as a$$, 'TP002',
  (select format('prediction p2 belongs to another attempt than %s', a.id) from attempt as a)
);
select throws_ok(
  $$select basepool.record_submitted(a.id, '["p1"]') from attempt as a$$, 'PT400',
  'this is not a prediction: it has no id or no status'
);
select throws_ok(
  $$select basepool.record_submitted('00000000-0000-0000-0000-000000000001', pg_temp.prediction('p2', 'starting'))$$, 'TP001',
  'there is no attempt 00000000-0000-0000-0000-000000000001'
);
select is((select count(*) from basepool._all_attempts()
where prediction_id = 'p2'), 0::bigint, 'and nothing was changed');

select * from finish();
rollback;
