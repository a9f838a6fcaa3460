-- each job says what it did; one that fails is written down with its error and does not take the row with it
begin;
select plan(8);
\ir ../../helpers.psql

select is(
  basepool.run_job('cleanup') - 'job',
  '{"ok": true, "result": {"settled_again": 0, "expired_leases": 0, "failed_generations": 0}, "error": null}'::jsonb,
  'cleanup'
);
select is(basepool.run_job('rollup', 'cli') #> '{result,token_hours}', '0'::jsonb, 'rollup');
select is(basepool.run_job('delete-old') #> '{result,deleted_generations}', '0'::jsonb, 'delete-old');
select is(basepool.run_job('prune') #> '{result,job_runs}', '0'::jsonb, 'prune');
select throws_ok($$select basepool.run_job('sweep')$$, 'TP003', 'there is no job ''sweep''');

set local client_min_messages = error;
alter function basepool._roll_up_token_stats() rename to roll_up_no_more;
select matches(
  basepool.run_job('rollup') ->> 'error',
  '^42883: function basepool._roll_up_token_stats\(\) does not exist',
  'one that fails says why'
);
select results_eq(
  'select r.job, r.trigger, r.ok, r.error is null from basepool.job_runs as r order by r.id',
  $$values
  ('cleanup', 'cron', true, true), ('rollup', 'cli', true, true), ('delete-old', 'cron', true, true), ('prune', 'cron', true, true),
  ('rollup', 'cron', false, false)$$,
  'all have their row'
);
select is(
  (select r.finished_at >= r.started_at from basepool.job_runs as r
order by r.id limit 1), true, 'with its times'
);

select * from finish();
rollback;
