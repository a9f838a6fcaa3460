-- one user's thousand do not delay another's first; shares follow weights, priority goes first
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 1000);
update basepool.accounts set creates_per_minute = 10000;
insert into basepool.user_limits (user_id, max_active)
select
pg_temp.user_id(s.n),
1000
from generate_series(1, 4) as s (n);
create function pg_temp.order_of(p_count integer) returns uuid []
language sql as $$
  select array_agg(g.user_id order by s.n)
  from generate_series(1, p_count) as s (n)
  cross join lateral (select * from basepool.claim_generations('tester', 1 + 0 * s.n)) as c
  inner join public.generations as g on g.id = c.generation_id
$$;

select pg_temp.submit(1) from generate_series(1, 1000);
select pg_temp.order_of(20);
select pg_temp.submit(2);
select is(
  (array_position(pg_temp.order_of(2), pg_temp.user_id(2)) is not null), true,
  'the first of another user is among the next two'
);

select pg_temp.submit(2) from generate_series(1, 50);
select is(
  (select count(*) from unnest(pg_temp.order_of(20)) as o (id)
where o.id = pg_temp.user_id(2)), 10::bigint, 'then they take turns'
);

update basepool.user_limits set weight = 3
where user_id = pg_temp.user_id(3);
select pg_temp.submit(3) from generate_series(1, 60);
select cmp_ok(
  (select count(*) from unnest(pg_temp.order_of(50)) as o (id)
where o.id = pg_temp.user_id(3)), '>=', 29::bigint,
  'a weight of three against one and one: three of five'
);

update basepool.user_limits set priority = 1
where user_id = pg_temp.user_id(4);
select pg_temp.submit(4) from generate_series(1, 3);
select is(
  pg_temp.order_of(3), array[pg_temp.user_id(4), pg_temp.user_id(4), pg_temp.user_id(4)], 'a higher priority goes first'
);

select * from finish();
rollback;
