-- a job is one cron job, however often it is scheduled; what is switched off stays off
begin;
select plan(6);

create function pg_temp.jobs_of_the_database() returns integer
language sql as $$
  select count(*)::integer from basepool.jobs as j where j.runs_in = 'database'
$$;

create temporary table before as
select
  c.jobid,
  c.jobname,
  c.schedule
from cron.job as c;
select cron.alter_job(c.jobid, active := false) from cron.job as c
where c.jobname = 'basepool-prune';
select cron.alter_job(c.jobid, active := true) from cron.job as c
where c.jobname <> 'basepool-prune';
select cron.schedule('basepool-cleanup', '* * * * *', $$select basepool.run_job('cleanup')$$);
select is(basepool._schedule_jobs(), pg_temp.jobs_of_the_database(), 'all');
select results_eq(
  'select c.jobid, c.jobname, c.schedule from cron.job as c order by 1',
  'select b.jobid, b.jobname, b.schedule from before as b order by 1',
  'as the table says'
);
select set_eq(
  'select c.jobname::text from cron.job as c where not c.active', $$values ('basepool-prune')$$, 'what is off stays off'
);

update basepool.jobs set runs_in = 'glue', schedule = null, call = null
where name = 'prune';
select is(basepool._schedule_jobs(), pg_temp.jobs_of_the_database(), 'not the one that moved to the glue');
select is_empty(
  $$select c.jobid from cron.job as c where c.jobname = 'basepool-prune'
  union all
  select j.cron_job_id from basepool.jobs as j where j.name = 'prune' and j.cron_job_id is not null$$,
  'is not scheduled any more'
);

-- as after drop extension and create extension: all numbers are new, and some were another's
update basepool.jobs set cron_job_id = null;
update basepool.jobs as j set cron_job_id = c.jobid from cron.job as c
where c.jobname = case j.name when 'cleanup' then 'basepool-rollup' when 'rollup' then 'basepool-cleanup' end;
select basepool._schedule_jobs();
select set_eq(
  'select j.name, c.jobname::text from cron.job as c inner join basepool.jobs as j on j.cron_job_id = c.jobid',
  $$values ('cleanup', 'basepool-cleanup'), ('delete-old', 'basepool-delete-old'), ('rollup', 'basepool-rollup')
  , ('watch', 'basepool-watch')$$,
  'numbers that are wrong are found anew'
);

select * from finish();
rollback;
