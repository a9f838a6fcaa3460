-- what nobody would notice: each is one line under one name, as long as it lasts
begin;
select plan(21);
\ir ../../helpers.psql

create function pg_temp.found() returns text
language sql as $$
  select string_agg(f.name, ' ' order by f.name) from basepool._list_findings(basepool.now()) as f where f.name <> 'blocked-by-0'
$$;
create function pg_temp.beat(p_free integer default 20) returns void
language sql as $$
  select basepool.heartbeat('tester', '0.1', 1, 'claims', 20, p_free, true)
$$;
select pg_temp.add_tokens(2);
select is(pg_temp.found(), null, 'all is well');

-- webhooks that are refused
select pg_temp.beat();
create temporary table refused as select pg_temp.start(s.n) as id from generate_series(1, 2) as s (n);
select basepool.record_webhook_refused(r.id, null, 'bad signature: it does not match') from refused as r
order by r.id limit 1;
select is(pg_temp.found(), null, 'one may be anybody''s');
select basepool.record_webhook_refused(gen_random_uuid(), null, 'bad signature: it does not match') from generate_series(1, 9);
select is(pg_temp.found(), null, 'forged ones are nobody''s');
select basepool.record_webhook_refused(r.id, null, 'bad signature: it does not match')
from refused as r
cross join generate_series(1, 2);
select matches(pg_temp.found(), '^webhooks-refused-\d+ webhooks-refused-\d+$', 'all of each account');
select ok(
  (select bool_and(f.says like '%account sim-_ were refused%tokens check --all') from basepool._list_findings(basepool.now()) as f)
  , 'which, and what to do'
);
select is(
  (select array_agg(t.reason) from basepool.list_tokens() as t)
  , array_fill('its webhooks are refused: run basepool tokens check --all'::text, array[2]), 'the list of tokens says so'
);
select pg_temp.pass('1 second');
select basepool.apply_prediction(r.id, pg_temp.prediction('p' || r.id, 'succeeded'), 'webhook', 'msg' || r.id) from refused as r;
select is(pg_temp.found(), null, 'until one is accepted');

-- webhooks that do not come
select pg_temp.pass('20 minutes');
select basepool.run_job('cleanup');
select basepool.run_job('rollup');
select pg_temp.beat();
select pg_temp.pass('1 second');
create temporary table silent as select pg_temp.start(10 + s.n) as id from generate_series(1, 4) as s (n);
select basepool.apply_prediction(r.id, pg_temp.prediction('p' || r.id, 'succeeded'), 'poll')
from (
  select * from silent
  order by id limit 2
) as r;
select is(pg_temp.found(), null, 'two may be chance');
select basepool.apply_prediction(r.id, pg_temp.prediction('p' || r.id, 'succeeded'), 'poll')
from (
  select * from silent
  order by id offset 2
) as r;
select is(pg_temp.found(), 'webhooks-missing-tester', 'four are not');
update basepool.workers set orders_webhooks = false;
select is(pg_temp.found(), null, 'where none is ordered, none is missing');

-- jobs that do not run; those of this database are switched off
select pg_temp.pass('31 minutes');
select pg_temp.beat();
select is(pg_temp.found(), null, 'what an operator has switched off is not missed');
update basepool.jobs set cron_job_id = null;
select is(pg_temp.found(), 'job-overdue-cleanup job-overdue-rollup', 'after three of its periods, a job is overdue');
select basepool.run_job('cleanup');
select basepool.run_job('rollup');
select is(pg_temp.found(), null, 'it has run');

-- who is not heard of, who can't do it, and nobody there
select pg_temp.submit(20);
select pg_temp.beat();
select pg_temp.pass('7 seconds');
select is(pg_temp.found(), null, 'a heartbeat may be late');
select pg_temp.pass('1 second');
select is(pg_temp.found(), 'worker-silent-tester', 'three are missing');
select basepool.heartbeat('another', '0.1', 1, 'claims', 20, 20, false);
select is(pg_temp.found(), null, 'somebody has come in its place');
select pg_temp.pass('61 seconds');
select is(pg_temp.found(), 'nobody-claims worker-silent-another worker-silent-tester', 'generations wait for a minute');
select pg_temp.pass('1 hour');
select is(pg_temp.found(), 'job-overdue-cleanup job-overdue-rollup nobody-claims queue-old', 'what was once is not told for ever');
select basepool.run_job('cleanup');
select basepool.run_job('rollup');
select basepool.heartbeat('tester', '0.1', 1, 'can''t claim: TP040 locked', 20, 20, false);
select is(
  (
    select array_agg(f.says) from basepool._list_findings(basepool.now()) as f
    where f.name = 'cant-claim-tester'
  )
  , array['worker tester can''t claim: TP040 locked'], 'what it says of itself'
);
select pg_temp.beat();
select is(pg_temp.found(), null, 'it claims again');
select is(
  (select count(*) from jsonb_object_keys(basepool.heartbeat('x', '0', 1, 'claims', 1, 1, false) -> 'findings')), 0::bigint
  , 'a heartbeat hears the same'
);

select * from finish();
rollback;
