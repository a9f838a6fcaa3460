-- what pg_cron keeps of other people's jobs is theirs to prune
begin;
select plan(2);
\ir ../../helpers.psql

insert into cron.job_run_details (jobid, runid, end_time)
select
  v.jobid,
  v.runid,
  basepool.now() - v.age
from (values
  ((select j.cron_job_id from basepool.jobs as j
where j.name = 'rollup'), -1, interval '8 days'),
  ((select j.cron_job_id from basepool.jobs as j
where j.name = 'rollup'), -2, interval '6 days'),
  (cron.schedule('basepool-dispatch', '0 0 1 1 *', 'select 1'), -3, interval '8 days'),
  (cron.schedule('mine', '0 0 1 1 *', 'select 1'), -4, interval '8 days')
) as v (jobid, runid, age);
select is(basepool._prune_history() -> 'cron_job_run_details', '1'::jsonb, 'one is ours and old');
select results_eq(
  'select d.runid from cron.job_run_details as d where d.runid < 0 order by 1 desc',
  'values (-2::bigint), (-3), (-4)',
  'the others stay'
);

select * from finish();
rollback;
