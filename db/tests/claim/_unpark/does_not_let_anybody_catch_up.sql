-- a thousand that were held back do not come before another user's first
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 1000);
select basepool.limit_token(t.id, null, null, 1000000, 1000000) from public.replicate_tokens as t;
select basepool.configure('{"user_active_limit": 1000}');
select basepool.pause('user', pg_temp.user_id(1)::text);
create temporary table his as select
row_number() over () as nth,
pg_temp.submit(1) as id
from generate_series(1, 100);
-- meanwhile another has his turns, so that the queue moves on
select pg_temp.submit(2) from generate_series(1, 150);
select is((select count(*) from basepool.claim_generations('tester', 120)), 120::bigint, 'another goes on');
select is((select count(*) from basepool.queue as q
where q.parked_for is not null), 100::bigint, 'the first is parked');

select is(basepool.resume('user', pg_temp.user_id(1)::text), 'resumed, 100 wait with the others again', 'resumed');
-- one who comes now
select pg_temp.submit(3);
create temporary table seen as
select
row_number() over () as nth,
c.generation_id,
g.user_id
from basepool.claim_generations('tester', 20) as c
inner join public.generations as g on c.generation_id = g.id;
select cmp_ok(
  (select s.nth from seen as s
where s.user_id = pg_temp.user_id(3)), '<=', 4::bigint, 'has his first among the first'
);
select results_eq(
  'select h.nth from seen as s inner join his as h on h.id = s.generation_id order by s.nth'
  , 'select s.n from generate_series(1, (select count(*) from seen as o where o.user_id = pg_temp.user_id(1))) as s (n)'
  , 'and what was held back comes in its old order'
);

select * from finish();
rollback;
