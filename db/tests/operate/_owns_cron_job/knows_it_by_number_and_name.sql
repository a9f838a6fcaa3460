-- a name is free for everybody, and a number may be given again where pg_cron was made anew
begin;
select plan(4);

select is_empty(
  $$select j.name from basepool.jobs as j
  where basepool._owns_cron_job(j.name, j.cron_job_id) is distinct from (j.runs_in = 'database')$$,
  'what was scheduled is ours'
);
create temporary table made as
select
  cron.schedule('basepool-dispatch', '0 0 1 1 *', 'select 1') as dispatch,
  cron.schedule('mine', '0 0 1 1 *', 'select 1') as mine;
select is(basepool._owns_cron_job('dispatch', m.dispatch), true, 'both fit') from made as m;
select is(basepool._owns_cron_job('prune', m.mine), false, 'the number of another') from made as m;
select is(basepool._owns_cron_job('dispatch', null), false, 'a name alone says nothing');

select * from finish();
rollback;
