-- whoever was away reads page after page, whatever the size of a page, and however many changed at the same moment
begin;
select plan(9);
\ir ../../helpers.psql

-- 40 of user 1, four each at ten moments, the last ones just now
insert into public.generations
(id, user_id, action, model_id, model_name, replicate_model, status, created_at, completed_at, settled_at)
select
  md5('g' || s.n)::uuid,
  pg_temp.user_id(1),
  'create',
  'm',
  'M',
  'acme/painter',
  'completed',
  basepool.now() - interval '1 hour',
  t.moment,
  t.moment as settled_at
from generate_series(0, 39) as s (n)
cross join lateral (select basepool.now() - (9 - s.n / 4) * interval '5 minutes') as t (moment);

create function pg_temp.read(p_max integer, p_since timestamptz default null) returns table (ids uuid [], pages integer)
language plpgsql as $$
declare
  v_since timestamptz := p_since;
  v_rows record;
begin
  pages := 0;
  ids := '{}';
  perform pg_temp.sign_in(1);
  loop
    select array_agg(c.id order by c.changed_at, c.id) as ids, max(c.next_since) as since, count(distinct c.next_since) as cursors
    into v_rows from public.get_generation_changes(v_since, p_max) as c;
    exit when v_rows.ids is null;
    assert v_rows.cursors = 1;
    ids := ids || v_rows.ids;
    pages := pages + 1;
    -- as a client does that has not come any further, or has seen all
    exit when v_rows.since is not distinct from v_since or cardinality(v_rows.ids) < p_max;
    v_since := v_rows.since;
  end loop;
  perform pg_temp.sign_out();
  return next;
end
$$;
create function pg_temp.distinct_ids(p_ids uuid []) returns bigint
language sql as $$ select count(distinct i.id) from unnest(p_ids) as i (id) $$;

select is((select pg_temp.distinct_ids(r.ids) from pg_temp.read(1000) as r), 40::bigint, 'all at once');
select is((select r.pages from pg_temp.read(1000) as r), 1, 'in one page');
select is(
  (select array_agg(pg_temp.distinct_ids(r.ids) order by s.size) from unnest(array[1, 2, 3, 4, 5, 7, 8, 39, 40]) as s (size)
  cross join lateral pg_temp.read(s.size) as r)
  , array_fill(40::bigint, array[9]), 'page by page, of whatever size'
);
select is((select r.pages from pg_temp.read(1) as r), 11, 'those of one moment are never parted');
select is((select cardinality(r.ids) from pg_temp.read(4) as r), 44, 'and none is told twice but those of just now');
select is(
  (select r.ids[1:40] from pg_temp.read(7) as r), (
    select array_agg(g.id order by g.completed_at, g.id) from public.generations as g
  ), 'in the order in which they changed, then by id'
);

-- what lies in the overlap can be more than a page
select is((select pg_temp.distinct_ids(r.ids) from pg_temp.read(2, basepool.now() - interval '6 seconds') as r), 4::bigint
  , 'those of just now');
select pg_temp.sign_in(1);
select is((select count(*) from public.get_generation_changes(p_max => 0)), 4::bigint, 'a page has one at least');
select is(
  (select count(*) from public.get_generation_changes('infinity'))
  + (select count(*) from public.get_generation_changes('-infinity', 1000)), 40::bigint, 'from never on, and from ever'
);
select pg_temp.sign_out();

select * from finish();
rollback;
