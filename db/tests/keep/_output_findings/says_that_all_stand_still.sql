-- a store that hears everything and answers nothing: until its time is over nothing fails, and nothing comes to its end
begin;
select plan(10);
\ir ../../helpers.psql
\ir ../outputs.psql

create function pg_temp.found() returns text
language sql as $$
  select string_agg(f.name, ' ' order by f.name) from basepool._list_findings(basepool.now()) as f where f.name ~ '^(outputs|store)-'
$$;
select pg_temp.add_tokens(1);
create temporary table own as
select
  s.n,
  pg_temp.complete(s.n) as id
from generate_series(1, 5) as s (n);
create temporary table held as select c.* from basepool.claim_output_files('keeper', 2) as c;
select is(pg_temp.found(), null, 'two are copied, three wait');
select pg_temp.pass('5 seconds');
select is(pg_temp.found(), null, 'a copy may take its time');
select pg_temp.pass('1 second');
select is(pg_temp.found(), 'outputs-stand-still', 'whoever has them begins with no other');
select is(
  f.says
  , 'all copies of outputs under way have begun more than five seconds ago, and 3 wait for one: does the store answer? Where they'
  || ' are large, raise STORE_CONCURRENCY, or start another worker', 'how many, and what to do'
) from basepool._list_findings(basepool.now()) as f
where f.name = 'outputs-stand-still';
select * from basepool.claim_output_files('keeper', 1);
select is(pg_temp.found(), null, 'one is begun with');
select pg_temp.pass('6 seconds');
select is(pg_temp.found(), 'outputs-stand-still', 'and no other');
select * from basepool.claim_output_files('keeper', 9);
select pg_temp.pass('6 seconds');
select is(pg_temp.found(), null, 'they may be large, nobody waits for them');
select pg_temp.complete(6);
select is(pg_temp.found(), null, 'nor for long');
select pg_temp.pass('6 seconds');
select is(pg_temp.found(), 'outputs-stand-still', 'somebody does');
select basepool.renew_output_files(array_agg(h.lease)) from held as h;
select pg_temp.pass('10 minutes');
select unalike(pg_temp.found(), '%stand-still%', 'who has fallen silent stands in nobody''s way');

select * from finish();
rollback;
