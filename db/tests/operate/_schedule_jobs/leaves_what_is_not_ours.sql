-- a cron job that we did not make is nobody's to change but its owner's, even if it has the name that ours would have
begin;
select plan(6);

create function pg_temp.jobs_of_the_database() returns integer
language sql as $$
  select count(*)::integer from basepool.jobs as j where j.runs_in = 'database'
$$;
set local client_min_messages = error;

select basepool._unschedule_job('prune', j.cron_job_id) from basepool.jobs as j
where j.name = 'prune';
create temporary table theirs as
select jobid from (values
  (cron.schedule('basepool-prune', '0 0 1 1 *', 'select 1')),
  (cron.schedule('basepool-dispatch', '0 0 1 1 *', 'select 2'))
) as v (jobid);
create temporary table before as select c.* from cron.job as c
where c.jobid in (select t.jobid from theirs as t);

select is(basepool._schedule_jobs(), pg_temp.jobs_of_the_database() - 1, 'all but the one whose name is taken');
select results_eq(
  'select c.* from cron.job as c where c.jobid in (select t.jobid from theirs as t) order by 1',
  'select b.* from before as b order by 1',
  'theirs are as they were'
);
select is((select j.cron_job_id from basepool.jobs as j
where j.name = 'prune'), null, 'and not taken for ours');
select is((select j.cron_job_id from basepool.jobs as j
where j.name = 'dispatch'), null, 'nor where the name is a job of the glue');

-- as where a former release, or a person who followed the docs, made it
select cron.schedule('basepool-prune', '* * * * *', $$select basepool.run_job('prune')$$);
select is(basepool._schedule_jobs(), pg_temp.jobs_of_the_database(), 'what does just what ours would is ours');
select results_eq(
  $$select c.schedule, c.jobid from cron.job as c where c.jobname = 'basepool-prune'$$,
  $$select j.schedule, j.cron_job_id from basepool.jobs as j where j.name = 'prune'$$,
  'and follows the table'
);

select * from finish();
rollback;
