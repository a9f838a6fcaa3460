-- pg_cron has stopped: workers notice, it rings, and it is over with the first run
begin;
select plan(9);
\ir ../../helpers.psql

create function pg_temp.rings() returns text
language sql as $$
  select string_agg(l.name, ' ' order by l.name) from basepool._list_alerts() as l
$$;
create function pg_temp.beat() returns void
language sql as $$
  select basepool.heartbeat('tester', '0.1', 1, 'claims', 2, 1, false)
$$;
-- the server and its schema are as old as anybody's
select pg_temp.pass('1 hour');
update basepool.jobs set cron_job_id = 7777777
where name = 'watch';
insert into basepool.job_runs (job, trigger, started_at, finished_at, ok)
select
j.name,
'cron',
basepool.now(),
basepool.now(),
true
from basepool.jobs as j
where j.runs_in = 'database';

select is_empty('select * from basepool._silent_cron(basepool.now())', 'it has just run');
select is(basepool._watch_if_due(basepool.now()), false, 'nobody else has to');
select pg_temp.pass('90 seconds');
select pg_temp.beat();
select is(pg_temp.rings(), null, 'one run may be late');
select pg_temp.pass('20 seconds');
select pg_temp.beat();
select is(pg_temp.rings(), 'JobStale', 'within two minutes a worker rings instead');
select is((select count(*)::integer from basepool.job_runs
where job = 'watch' and trigger = 'worker'), 1, 'which has looked once');
select pg_temp.beat();
select is((select count(*)::integer from basepool.job_runs
where job = 'watch' and trigger = 'worker'), 1, 'and not twice');
select is(basepool.health() -> 'cron_is_silent', 'true', 'whoever asks whether it is well hears it');
select basepool.run_job('watch');
select pg_temp.pass('1 minute');
select basepool.run_job('watch');
select pg_temp.pass('1 minute');
select basepool.run_job('watch');
select is(pg_temp.rings(), null, 'it runs again');
select is(basepool.health() -> 'cron_is_silent', 'false', 'and that is heard, too');

select * from finish();
rollback;
