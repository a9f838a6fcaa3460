-- what Replicate deletes first goes first, to one worker each; what has failed waits apart, and comes back to its place
begin;
select plan(11);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select
  s.n,
  pg_temp.complete(s.n, p_age => s.n * interval '5 minutes') as id
from generate_series(1, 5) as s (n);
create temporary table claimed as select c.* from basepool.claim_output_files('keeper', 2) as c;
select results_eq(
  'select c.generation_id from claimed as c order by c.deadline', 'select o.id from own as o where o.n > 3 order by o.n desc'
  , 'the two that have least time'
);
select results_eq(
  $$select c.nth, c.user_id, c.source_url, c.tries, c.max_bytes, c.key_hint from claimed as c order by c.deadline limit 1$$,
  $$select 1, pg_temp.user_id(5), 'https://replicate.delivery/x/out-0.webp', 1, 2000000000::bigint
  , pg_temp.user_id(5) || '/' || o.id || '/1' from own as o where o.n = 5$$,
  'all that a worker has to know'
);
select results_eq(
  $$select f.state, f.worker, f.again_at - basepool.now() from basepool.output_files as f where f.lease is not null$$,
  $$values ('storing', 'keeper', interval '30 seconds'), ('storing', 'keeper', interval '30 seconds')$$, 'they are leased'
);
select is((select count(distinct c.lease) from claimed as c), 2::bigint, 'each with a lease of its own');
create temporary table others as select c.* from basepool.claim_output_files('another', 9) as c;
select results_eq(
  'select o.n from others as c inner join own as o on o.id = c.generation_id order by c.deadline', array[3, 2, 1], 'the others'
);
select is_empty($$select from basepool.claim_output_files('third', 9)$$, 'no file twice');

-- one fails, and is nearest again when its pause is over
select pg_temp.record(pg_temp.failed(pg_temp.lease(o.id), 'store_failed')) from own as o;
select is_empty($$select from basepool.claim_output_files('keeper', 9)$$, 'not at once');
select pg_temp.pass('3 seconds');
select results_eq(
  $$select o.n, c.tries from basepool.claim_output_files('keeper', 1) as c inner join own as o on o.id = c.generation_id$$,
  'values (5, 2)', 'whose deadline is nearest, of all whose pause is over'
);

select throws_ok($$select basepool.claim_output_files('keeper', 0)$$, 'PT400', 'p_max is 0');
select throws_ok($$select basepool.claim_output_files('keeper', null)$$, 'PT400', 'p_max is null');
select throws_ok($$select basepool.claim_output_files('', 1)$$, 'PT400', 'p_worker is empty');

select * from finish();
rollback;
