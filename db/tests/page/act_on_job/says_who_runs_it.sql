-- what the database can run it runs; for the rest it says who will, or that nobody is there
begin;
select plan(11);
\ir ../../helpers.psql

delete from basepool.audit;
create temporary table ran as select basepool.act_on_job('anna', 'rollup') as done;
select is(done ->> 'ran', 'true', 'ran here') from ran;
select is(done ->> 'ok', 'true', 'well') from ran;
select is((select r.trigger from basepool.job_runs as r
order by r.id desc limit 1), 'page', 'from the page');
select results_eq(
  'select a.action, a.target, a.actor, a.details from basepool.audit as a'
  , $$values ('run-job', 'rollup', 'anna', '{"ok": true}'::jsonb)$$, 'one row'
);
create temporary table asked as select basepool.act_on_job('anna', 'reconcile') as done;
select is(done ->> 'ran', 'false', 'Replicate can''t be asked from here') from asked;
select is(done ->> 'asked', 'false', 'and nobody is there to do it') from asked;
select is(
  done ->> 'says', 'no worker is heard of: start basepool work, or run basepool run-job reconcile', 'which is said, with what to do'
) from asked;
select basepool.heartbeat('w', '1', 1, 'waits', 1, 1, true);
select is(basepool.act_on_job('anna', 'reconcile') ->> 'asked', 'true', 'now somebody is');
select is((select count(*) from basepool.audit as a
where a.target = 'reconcile' and a.actor = 'anna'), 2::bigint, 'each is known');
select throws_ok(
  $$select basepool.act_on_job('anna', 'x; drop table')$$, 'TP003', 'there is no job ''x; drop table''', 'no such job'
);
select throws_ok($$select basepool.act_on_job('anna', null)$$, 'TP003', 'there is no job null', 'none');

select * from finish();
rollback;
