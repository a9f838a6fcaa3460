-- all of them, each once, page by page; those of one generation, those in one state
begin;
select plan(7);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select pg_temp.complete(s.n, '["https://replicate.delivery/1.png", "https://replicate.delivery/2.png"]') as id
from generate_series(1, 3) as s (n);
select pg_temp.record(pg_temp.stored(pg_temp.claim()));
create temporary table seen as
with recursive page as (
  (
    select
      l.generation_id,
      l.nth,
      1 as n
    from basepool.list_output_files(p_max => 1) as l
  )
  union all
  select
    l.generation_id,
    l.nth,
    p.n + 1
  from page as p
  cross join lateral basepool.list_output_files(p_after_generation => p.generation_id, p_after_nth => p.nth, p_max => 1) as l
)

select p.* from page as p;
select results_eq(
  'select s.generation_id, s.nth from seen as s order by s.n',
  'select f.generation_id, f.nth from basepool.output_files as f order by 1, 2', 'in one order, each once'
);
select is((select count(*) from seen), 6::bigint, 'all');
select is((select count(*) from basepool.list_output_files('stored')), 1::bigint, 'those that are stored');
select is((select count(*) from basepool.list_output_files('waiting')), 5::bigint, 'and those that wait');
select is(
  (select count(*) from basepool.list_output_files(p_generation => (select min(o.id::text)::uuid from own as o))), 2::bigint
  , 'of one'
);
select is(
  (
    select l.nth from own as o
    cross join lateral basepool.list_output_files(p_generation => o.id, p_after_generation => o.id, p_after_nth => 1) as l
    order by o.id limit 1
  ), 2, 'and the next page of it'
);
select is_empty($$select from basepool.list_output_files('nonsense')$$, 'no such state');

select * from finish();
rollback;
