-- newest first, as many and as old as asked for; what is too old is pruned
begin;
select plan(6);
\ir ../../helpers.psql

delete from basepool.audit;
select basepool._audit('a', '1');
select pg_temp.pass('1 hour');
select basepool._audit('b', '2', '{"x": 1, "y": null}');
select basepool._audit('c', null);
select results_eq(
  'select l.action, l.target, l.details from basepool.list_audit() as l',
  $$values ('c', null, '{}'::jsonb), ('b', '2', '{"x": 1}'), ('a', '1', '{}')$$,
  'newest first'
);
select results_eq($$select l.action from basepool.list_audit('30 minutes') as l$$, array['c', 'b'], 'of some time');
select results_eq('select l.action from basepool.list_audit(p_max => 1) as l', array['c'], 'some of them');
select is_empty('select l.action from basepool.list_audit(p_max => -1) as l', 'or none');
select pg_temp.pass('365 days');
select is(basepool._prune_history() ->> 'audit', '1', 'after a year');
select results_eq('select l.action from basepool.list_audit() as l', array['c', 'b'], 'the oldest is gone');

select * from finish();
rollback;
