-- a store that takes nothing is said when it has refused twice, not when the hour is nearly over
begin;
select plan(7);
\ir ../../helpers.psql
\ir ../outputs.psql

create function pg_temp.says() returns text
language sql as $$
  select f.says from basepool._list_findings(basepool.now()) as f where f.name = 'store-fails'
$$;
select pg_temp.add_tokens(1);
create temporary table own as
select
  s.n,
  pg_temp.complete(s.n) as id
from generate_series(1, 2) as s (n);
select pg_temp.record(pg_temp.failed(c.lease, 'store_failed', 'HTTP 503')) from basepool.claim_output_files('keeper', 2) as c;
select is(pg_temp.says(), null, 'once may happen');
select pg_temp.pass('5 seconds');
create temporary table again as select c.* from basepool.claim_output_files('keeper', 2) as c;
select is(pg_temp.says(), null, 'it is tried again');
select pg_temp.record(pg_temp.failed(a.lease, 'store_failed', 'HTTP 503')) from again as a;
select is(
  pg_temp.says(), 'the store takes nothing: 2 outputs were tried twice or more, and it said: HTTP 503', 'how many, and what it said'
);
select pg_temp.pass('10 seconds');
create temporary table third as select c.* from basepool.claim_output_files('keeper', 2) as c;
select matches(pg_temp.says(), '^the store takes nothing: 2 outputs', 'it goes on while the next try is under way');
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id))) from own as o
where o.n = 1;
select is(pg_temp.says(), null, 'it takes one again');
select pg_temp.record(pg_temp.failed(pg_temp.lease(o.id), 'source_failed', 'HTTP 500')) from own as o
where o.n = 2;
select pg_temp.pass('11 seconds');
select is(pg_temp.says(), null, 'what a source does is no fault of the store');
select is(pg_temp.file_state(o.id), 'stored', 'kept') from own as o
where o.n = 1;

select * from finish();
rollback;
