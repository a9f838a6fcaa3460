-- old rows go, young ones stay; attempts go only when token_stats has their hour and nothing is left to do for them
begin;
select plan(8);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.apply_prediction(pg_temp.start(1), pg_temp.prediction('p1', 'succeeded'), 'webhook', 'w1');
select basepool.run_job('cleanup');
select basepool.record_rejected(pg_temp.start(2), 'transport', null, 'reset: ReadError');
select pg_temp.pass('2 seconds');
create temporary table search as select * from basepool.claim_searches('tester', 9);
select basepool.conclude_search(s.search_id, false, 'HTTP 500') from search as s;
select pg_temp.pass('1 minute');
select basepool.claim_searches('tester', 9);
select pg_temp.pass('7 days 1 minute');
select basepool.run_job('cleanup');
select is(
  basepool._prune_history() - 'cron_job_run_details',
  '{"job_runs": 1, "webhook_events": 1, "workers": 0, "searches": 1, "attempts": 0, "audit": 0, "decisions": 2
  , "former_secrets": 0}'::jsonb
  , 'after a week'
);
select is((select count(*) from basepool.job_runs), 1::bigint, 'the young one stays');
select is((select count(*) from basepool.searches as s
where s.ended_at is null), 1::bigint, 'a search under way stays');
select is((select count(*) from basepool.lost_attempts), 1::bigint, 'and what is looked for');
select pg_temp.pass('180 days');
select is((basepool._prune_history() ->> 'attempts')::integer, 0, 'what is not counted yet stays');
select basepool._roll_up_token_stats() from generate_series(1, 2);
select is((basepool._prune_history() ->> 'attempts')::integer, 1, 'what is counted goes');
select is((select count(*) from basepool._all_attempts()), 1::bigint, 'what is looked for stays');
select is((select sum(s.leases) from basepool.token_stats as s), 2::bigint, 'and the statistics stay whole');

select * from finish();
rollback;
