-- a command that is carried out elsewhere
begin;
select plan(1);

delete from basepool.audit;
select basepool.record_command('run-job', 'probe');
select results_eq(
  'select a.action, a.target, a.details from basepool.audit as a', $$values ('run-job', 'probe', '{}'::jsonb)$$, 'is known here'
);

select * from finish();
rollback;
