-- old rows go, young ones stay; attempts go only when token_stats has their hour and nothing is left to do for them
begin;
select plan(6);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.apply_prediction(pg_temp.start(1), pg_temp.prediction('p1', 'succeeded'), 'webhook', 'w1');
select basepool.run_job('cleanup');
select pg_temp.start(2);
select pg_temp.pass('7 days 1 minute');
select basepool.run_job('cleanup');
select is(
  basepool._prune_history() - 'cron_job_run_details', '{"job_runs": 1, "webhook_events": 1, "attempts": 0}'::jsonb, 'after a week'
);
select is((select count(*) from basepool.job_runs), 1::bigint, 'the young one stays');
select pg_temp.pass('180 days');
select is((basepool._prune_history() ->> 'attempts')::integer, 0, 'what is not counted yet stays');
select basepool._roll_up_token_stats(24 * 365);
select is((basepool._prune_history() ->> 'attempts')::integer, 1, 'what is counted goes');
select is((select count(*) from basepool.attempts as a
where a.cancel_done_at is null), 1::bigint, 'what is to be cancelled stays');
select is((select sum(s.leases) from basepool.token_stats as s), 2::bigint, 'and the statistics stay whole');

select * from finish();
rollback;
