-- whoever inserts a row chooses its id, but not its place
begin;
select plan(2);
\ir ../../helpers.psql

select pg_temp.add_tokens(2, 100);
create temporary table came (n integer, id uuid);
insert into came
select
  s.n,
  case when s.n % 10 = 0 then ('00000000-0000-0000-0000-' || lpad((100 - s.n)::text, 12, '0'))::uuid else gen_random_uuid() end
from generate_series(1, 55) as s (n);
insert into public.generations (id, user_id, action, model_id, model_name, replicate_model, replicate_input)
select
  c.id,
  pg_temp.user_id(c.n),
  'create',
  'm',
  'M',
  'a/b',
  '{}'
from came as c
order by c.n;
select results_eq(
  'select c.n from came as c inner join basepool.queue as q on q.generation_id = c.id order by q.tag, q.place',
  'select c.n from came as c order by c.n', 'first come, first served'
);
create temporary table went (step integer, id uuid);
insert into went select
  s.n,
  l.generation_id
from generate_series(1, 55) as s (n)
cross join lateral (select c.generation_id from basepool.claim_generations('tester', s.n - s.n + 1) as c) as l;
select results_eq(
  'select c.n from came as c inner join went as w on w.id = c.id order by w.step', 'select c.n from came as c order by c.n'
  , 'claimed in that order, too'
);

select * from finish();
rollback;
