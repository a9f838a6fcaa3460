-- whoever has missed three heartbeats is silent
begin;
select plan(2);
\ir ../../helpers.psql

select basepool.heartbeat(n, '0.1', 1, 'claims', 1, 1, false) from unnest(array['b', 'a']) as w (n);
select pg_temp.pass('7 seconds');
select basepool.heartbeat('a', '0.1', 1, 'claims', 1, 1, false);
select results_eq(
  'select w.name, w.is_silent from basepool.list_workers() as w', $$values ('a', false), ('b', false)$$, 'not yet'
);
select pg_temp.pass('1 second');
select results_eq(
  'select w.name, w.is_silent from basepool.list_workers() as w', $$values ('a', false), ('b', true)$$, 'by name'
);

select * from finish();
rollback;
