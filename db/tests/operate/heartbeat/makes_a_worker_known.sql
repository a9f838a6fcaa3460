-- one row per worker, from its first word to its last
begin;
select plan(10);
\ir ../../helpers.psql

create function pg_temp.beat(p_worker text, p_doing text default 'claims', p_free integer default 20) returns jsonb
language sql as $$
  select basepool.heartbeat(p_worker, '0.1', 1, p_doing, 20, p_free, true)
$$;
select is(pg_temp.beat('w1') -> 'schema', (select to_jsonb(s) from basepool.schema_version() as s), 'it hears which schema');
create temporary table begun as select basepool.now() as at;
select pg_temp.pass('5 seconds');
select pg_temp.beat('w1', 'waits for a free hand', 0);
select results_eq(
  'select w.name, w.since = b.at, w.heard_at - b.at, w.doing, w.hands, w.hands_free, w.is_silent
  from basepool.list_workers() as w cross join begun as b',
  $$values ('w1', true, interval '5 seconds', 'waits for a free hand', 20, 0, false)$$, 'one row, as it is now'
);
select pg_temp.pass('5 seconds');
select pg_temp.beat('w1', 'waits for a free hand', 0);
select is((select w.heard_at - w.busy_since from basepool.list_workers() as w), interval '5 seconds', 'since when it is busy');
select pg_temp.beat('w1');
select is((select w.busy_since from basepool.list_workers() as w), null, 'no more');
select pg_temp.pass('31 seconds');
select ok((select w.is_silent from basepool.list_workers() as w), 'silent');
select pg_temp.beat('w1');
select is((select w.heard_at - w.since from basepool.list_workers() as w), interval '0', 'another one of the same name');
select pg_temp.beat('w2', repeat('x', 1000));
select is((select length(w.doing) from basepool.list_workers() as w
where w.name = 'w2'), 200, 'it may not talk for long');
select pg_temp.beat('w2', null);
select is((select array_agg(w.name) from basepool.list_workers() as w), array['w1'], 'who stops says so');
select pg_temp.pass('8 days');
select is(basepool._prune_history() ->> 'workers', '1', 'who is silent for long is forgotten');
select is_empty('select from basepool.list_workers()', 'then');

select * from finish();
rollback;
