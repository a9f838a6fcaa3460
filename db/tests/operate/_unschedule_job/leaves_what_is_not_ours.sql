-- the cron job that was made for a job goes, with its history; nothing else does
begin;
select plan(5);

create temporary table ours as select j.cron_job_id as id from basepool.jobs as j
where j.name = 'prune';
insert into cron.job_run_details (jobid, end_time)
select
  o.id,
  now()
from ours as o;

create temporary table theirs as select cron.schedule('mine', '0 0 1 1 *', 'select 1') as id;
select is(basepool._unschedule_job('dispatch', t.id), false, 'a number that is somebody else''s') from theirs as t;
select is(basepool._unschedule_job('prune', null), false, 'what was never scheduled');
select is(
  (select array_agg(c.jobname order by c.jobname) from cron.job as c),
  '{basepool-cleanup,basepool-delete-old,basepool-prune,basepool-rollup,basepool-watch,mine}',
  'all are there'
);
select is(basepool._unschedule_job('prune', (select o.id from ours as o)), true, 'ours');
select is_empty(
  $$select c.jobid from cron.job as c inner join ours as o on o.id = c.jobid
  union all
  select d.jobid from cron.job_run_details as d inner join ours as o on o.id = d.jobid$$,
  'is gone, and its history'
);

select * from finish();
rollback;
