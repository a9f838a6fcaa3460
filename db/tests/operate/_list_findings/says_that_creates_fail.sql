-- what Replicate refuses and makes all the same: everything is completed, and nobody would notice
begin;
select plan(6);
\ir ../../helpers.psql

create function pg_temp.found() returns text
language sql as $$
  select string_agg(f.name, ' ' order by f.name) from basepool._list_findings(basepool.now()) as f where f.name not like 'blocked-%'
$$;
select pg_temp.add_tokens(2);
create temporary table sent as select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 9) as s (n);
select basepool.record_rejected(s.id, 'http', 500, '{"detail": "oops"}') from sent as s
where s.n <= 4;
select is(pg_temp.found(), null, 'four may happen');
select basepool.record_rejected(s.id, 'http', 500, '{"detail": "oops"}') from sent as s
where s.n = 5;
select is(pg_temp.found(), 'creates-fail', 'five are too many');
select basepool.apply_prediction(s.id, pg_temp.prediction('p' || s.n, 'succeeded'), 'webhook', 'w' || s.n) from sent as s
where s.n <= 5;
select is(pg_temp.found(), 'creates-fail', 'whatever became of them');
select matches(f.says, '^5 of the last 5 creates at Replicate failed, the last one so: HTTP 500: oops$', 'how many, and how')
from basepool._list_findings(basepool.now()) as f
where f.name = 'creates-fail';
select pg_temp.pass('1 minute 1 second');
select is(pg_temp.found(), null, 'a minute later it is over');
select basepool.record_submitted(s.id, pg_temp.prediction('p' || s.n, 'processing')) from sent as s
where s.n > 5;
select is(pg_temp.found(), null, 'what is accepted is not one of them');

select * from finish();
rollback;
