-- a worker whose PUBLIC_URL leads elsewhere: its first predictions should be over, and nothing was told of any
begin;
select plan(6);
\ir ../../helpers.psql

create function pg_temp.found() returns text
language sql as $$
  select string_agg(f.name, ' ' order by f.name) from basepool._list_findings(basepool.now()) as f where f.name not like 'blocked-%'
$$;
create function pg_temp.beat() returns void
language sql as $$
  select basepool.heartbeat('tester', '0.1', 1, 'claims', 20, 20, true)
$$;
select pg_temp.add_tokens(1);
select pg_temp.beat();
select pg_temp.pass('1 second');
create temporary table sent as select pg_temp.start(s.n) as id from generate_series(1, 3) as s (n);
select basepool.record_submitted(s.id, pg_temp.prediction('p' || s.id, 'starting'), true) from sent as s;
create function pg_temp.live() returns void
language sql as $$
  select pg_temp.pass('5 seconds');
  select pg_temp.beat()
$$;
select pg_temp.live() from generate_series(1, 4);
select is(pg_temp.found(), null, 'how long they take is not known');
insert into basepool.model_stats (model, runs, p50, p95, updated_at)
values ('acme/painter', 20, '2 seconds', '10 seconds', basepool.now());
select is(pg_temp.found(), null, 'twice as long as most is long');
select pg_temp.pass('1 second');
select is(pg_temp.found(), 'webhooks-missing-tester', 'three at once are no chance');
select basepool.apply_prediction(min(s.id::text)::uuid, pg_temp.prediction('p' || min(s.id::text), 'processing'), 'webhook', 'm1')
from sent as s;
select is(pg_temp.found(), null, 'one was told');
delete from basepool.webhook_events;
update basepool.workers set orders_webhooks = false;
select is(pg_temp.found(), null, 'where none is ordered, none is missing');
update basepool.workers set orders_webhooks = true, since = basepool.now();
select is(pg_temp.found(), null, 'nor of one that was another then');

select * from finish();
rollback;
