-- a second role that migrates would get cron jobs of its own beside the first one's, and everything would run twice
begin;
select plan(1);

create role first_owner;
update cron.job set username = 'first_owner';
select basepool._schedule_jobs();
select bag_eq(
  'select c.jobname::text, c.username, c.jobid from cron.job as c',
  $$select 'basepool-' || j.name, current_user::text, j.cron_job_id from basepool.jobs as j
  where j.runs_in = 'database'$$,
  'each is there once'
);

select * from finish();
rollback;
