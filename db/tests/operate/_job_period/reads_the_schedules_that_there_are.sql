-- a job whose schedule can't be read would never be overdue
begin;
select plan(3);

select is_empty(
  'select j.name from basepool.jobs as j where j.schedule is not null and basepool._job_period(j.schedule) is null', 'all of ours'
);
select is(basepool._job_period('*/10 * * * *'), interval '10 minutes', 'minutes');
select is(basepool._job_period('0 0 1 * *'), null, 'another kind');

select * from finish();
rollback;
