-- a worker that says nothing for a lease loses what it has; whoever renews keeps it
begin;
select plan(9);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select
  s.n,
  pg_temp.complete(s.n) as id
from generate_series(1, 2) as s (n);
create temporary table claimed as select c.* from basepool.claim_output_files('keeper', 9) as c;
select pg_temp.pass('20 seconds');
select set_eq(
  $$select basepool.renew_output_files(array_agg(c.lease) || gen_random_uuid()) from claimed as c
  inner join own as o on o.id = c.generation_id where o.n = 1$$,
  'select pg_temp.lease(o.id) from own as o where o.n = 1', 'those that are still held'
);
select pg_temp.pass('11 seconds');
create temporary table taken as select c.* from basepool.claim_output_files('another', 9) as c;
select results_eq(
  'select o.n, t.tries from taken as t inner join own as o on o.id = t.generation_id', 'values (2, 2)', 'the silent one''s'
);
select isnt_empty('select from taken as t inner join claimed as c on c.generation_id = t.generation_id where c.lease <> t.lease'
  , 'with another lease');
select is_empty(
  'select basepool.renew_output_files(array[c.lease]) from claimed as c inner join taken as t on t.generation_id = c.generation_id',
  'its former one is worth nothing'
);
select is(
  (
    select pg_temp.record(pg_temp.stored(t.lease) || jsonb_build_object('lease', c.lease))
    from claimed as c inner join taken as t on c.generation_id = t.generation_id
  ), 'lost', 'nor is its result'
);
select is((select pg_temp.file_state(o.id) from own as o
where o.n = 2), 'storing', 'nothing was changed');
select is((select pg_temp.record(pg_temp.stored(t.lease)) from taken as t), 'stored', 'the other one''s is');
select pg_temp.pass('1 minute');
create temporary table again as select c.* from basepool.claim_output_files('third', 9) as c;
select results_eq(
  $$select o.n, f.error_code, f.error from again as c
  inner join own as o on o.id = c.generation_id
  inner join basepool.output_files as f on f.generation_id = o.id$$,
  $$values (1, 'interrupted', 'worker keeper fell silent')$$, 'whoever stops renewing falls silent'
);
select is_empty($$select from basepool.claim_output_files('fourth', 9)$$, 'what is stored is nobody''s any more');

select * from finish();
rollback;
