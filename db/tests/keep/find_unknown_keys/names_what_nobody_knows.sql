-- what is kept, under way or to be deleted is known; what else is in the store is not
begin;
select plan(5);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select
  s.n,
  pg_temp.complete(s.n) as id
from generate_series(1, 4) as s (n);
create function pg_temp.key(p_n integer, p_ending text default '.webp') returns text
language sql as $$
  select basepool._key_hint(pg_temp.user_id(p_n), o.id, 1) || p_ending from own as o where o.n = p_n
$$;
select * from basepool.claim_output_files('keeper', 3);
select pg_temp.record(pg_temp.stored(f.lease)) from basepool.output_files as f inner join own as o on f.generation_id = o.id
where o.n = 1 or o.n = 2;
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id))) from own as o
where o.n < 3 and pg_temp.file_state(o.id) = 'storing';
create temporary table states as
select
  o.n,
  pg_temp.file_state(o.id) as state
from own as o;
select is_empty(
  $$select basepool.find_unknown_keys(array_agg(pg_temp.key(s.n)) || array_agg(pg_temp.key(s.n, '-thumb.webp'))) from states as s$$
  , 'all of these are known: what is stored, and what may be any moment'
);
select results_eq(
  $$select k from basepool.find_unknown_keys(array(select pg_temp.key(s.n, '.png') from states as s where s.state = 'stored')) as k
  order by 1$$,
  $$select pg_temp.key(s.n, '.png') from states as s where s.state = 'stored' order by 1$$, 'not under another ending'
);
select set_eq(
  $$select basepool.find_unknown_keys(array[
    'index.html', '', '..', pg_temp.user_id(1) || '/x/1.png', pg_temp.user_id(1) || '/00000000-0000-4000-8000-000000000000/1.png'
    , pg_temp.key(1, '/2.webp'), 'a/' || pg_temp.key(1), pg_temp.key(1, '')
  ])$$,
  $$select unnest(array[
    'index.html', '', '..', pg_temp.user_id(1) || '/x/1.png', pg_temp.user_id(1) || '/00000000-0000-4000-8000-000000000000/1.png'
    , pg_temp.key(1, '/2.webp'), 'a/' || pg_temp.key(1), pg_temp.key(1, '')
  ])$$,
  'anything else is not'
);
delete from public.generations;
select is_empty(
  $$select basepool.find_unknown_keys(array_agg(pg_temp.key(s.n))) from states as s where s.state = 'stored'$$
  , 'what is to be deleted is known until it is'
);
select is_empty('select basepool.find_unknown_keys(null)', 'none is none');

select * from finish();
rollback;
