-- outputs that nobody copies, that fail while the hour goes by, and that are lost: each is one line, as long as it lasts
begin;
select plan(20);
\ir ../../helpers.psql
\ir ../outputs.psql

create function pg_temp.found() returns text
language sql as $$
  select string_agg(f.name, ' ' order by f.name) from basepool._list_findings(basepool.now()) as f where f.name ~ '^(outputs|store)-'
$$;
create function pg_temp.says(p_name text) returns text
language sql as $$
  select f.says from basepool._list_findings(basepool.now()) as f where f.name = p_name
$$;
select pg_temp.add_tokens(1);
select is(
  basepool.get_status() -> 'outputs'
  , '{"waiting": 0, "storing": 0, "stored_last_hour": 0, "failed_last_day": 0, "oldest_deadline": null}'::jsonb, 'nothing yet'
);
create temporary table own as
select
  s.n,
  pg_temp.complete(s.n, p_age => '30 minutes') as id
from generate_series(1, 3) as s (n);
select is(pg_temp.found(), null, 'they have just come');
select pg_temp.pass('61 seconds');
select is(pg_temp.found(), 'outputs-not-kept', 'a minute, and nobody has touched any');
select matches(
  pg_temp.says('outputs-not-kept'), '^outputs wait to be copied since \d\d:\d\d:\d\d UTC, and nobody does it: start basepool work'
  , 'since when, and what to do'
);
select basepool.heartbeat('w1', '0', 1, 'looks', 1, 1, false);
select matches(
  pg_temp.says('outputs-not-kept'), 'nobody does it: worker w1 has no PUBLIC_URL, .* set it .* or STORE_URL'
  , 'who works, but has no store'
);
select basepool.heartbeat('w2', '0', 1, 'looks', 1, 1, true);
select matches(
  pg_temp.says('outputs-not-kept'), 'nobody does it: the log of worker w1, w2 says', 'who has all it needs, has said what is wrong'
);
select pg_temp.pass('8 seconds');
select matches(pg_temp.says('outputs-not-kept'), 'start basepool work', 'who is silent does nothing');
create temporary table claimed as select c.* from basepool.claim_output_files('keeper', 2) as c;
select is(pg_temp.found(), null, 'somebody is at it');
select pg_temp.record(pg_temp.failed(c.lease, 'store_failed', 'HTTP 503')) from claimed as c
order by c.lease limit 1;
select is(pg_temp.found(), null, 'a try may fail');
select is(
  basepool.get_status() -> 'outputs'
  , jsonb_build_object(
    'waiting', 2, 'storing', 1, 'stored_last_hour', 0, 'failed_last_day', 0
    , 'oldest_deadline', (select min(c.deadline) from claimed as c)
  ), 'all of it'
);
select pg_temp.pass('15 minutes');
select is(pg_temp.found(), 'outputs-near-deadline outputs-not-kept', 'there is little time, and its worker is gone');
select matches(
  pg_temp.says('outputs-near-deadline')
  , '^1 outputs are not kept yet, and Replicate deletes the first of them soon after \d\d:\d\d:\d\d UTC: store_failed: HTTP 503$'
  , 'how many, by when, and why'
);
select * from basepool.claim_output_files('keeper', 9);
select pg_temp.record(pg_temp.failed(pg_temp.lease(o.id), 'too_large', '3 GB')) from own as o
where o.n = 1;
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id))) from own as o
where o.n > 1;
select is(pg_temp.found(), 'outputs-lost', 'two were kept, and one was not');
select is(
  pg_temp.says('outputs-lost')
  , '1 outputs could not be kept within the last hour, the last one because of too_large: 3 GB: '
  || 'basepool outputs list --state failed'
  , 'why'
);
select is(
  basepool.get_status() -> 'outputs'
  , '{"waiting": 0, "storing": 0, "stored_last_hour": 2, "failed_last_day": 1, "oldest_deadline": null}'::jsonb, 'counted'
);
select pg_temp.pass('1 hour 1 second');
select is(pg_temp.found(), null, 'what was once is not told for ever');
select is(
  basepool.get_status() -> 'outputs'
  , '{"waiting": 0, "storing": 0, "stored_last_hour": 0, "failed_last_day": 1, "oldest_deadline": null}'::jsonb, 'but for a day'
);

-- where nothing is to be kept, nobody is missed
select pg_temp.complete(9);
update basepool.settings set keep_outputs = false;
select pg_temp.pass('2 minutes');
select is(pg_temp.found(), null, 'switched off');
update basepool.settings set keep_outputs = true;
select is(pg_temp.found(), 'outputs-not-kept', 'and on');
select ok(
  (basepool.heartbeat('x', '0', 1, 'claims', 1, 1, false) -> 'findings') ? 'outputs-not-kept', 'a heartbeat hears the same'
);

select * from finish();
rollback;
