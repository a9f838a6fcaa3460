-- however many of a paused model wait, and wherever: a claim meets each once, and the others keep their order
begin;
select plan(10);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 1000);
select basepool.limit_token(t.id, null, null, 1000000, 1000000) from public.replicate_tokens as t;
select basepool.pause('model', 'acme/film');
select pg_temp.submit(s.n, case when s.n % 10 = 0 then 'acme/painter' else 'acme/film' end) from generate_series(1, 500) as s (n);
create temporary table seen as
select
row_number() over () as nth,
c.generation_id,
c.answer
from basepool.claim_generations('tester', 20) as c;
select results_eq(
  $$select substr(g.user_id::text, 25)::integer from seen as s inner join public.generations as g on g.id = s.generation_id
  order by s.nth$$
  , 'select s.n * 10 from generate_series(1, 20) as s (n)', 'the first that may, in their order'
);
select is((select count(*) from basepool.queue as q
where q.parked_for is not null), 180::bigint, 'what was before them is parked');
select is((select count(*) from basepool.queue as q
where q.run_after is null), 300::bigint, 'what was after them was not looked at');
select is((select count(*) from basepool.claim_generations('tester', 50)), 30::bigint, 'the rest');
select is((select count(*) from basepool.queue as q
where q.parked_for is not null), 450::bigint, 'all are parked');
select is(
  (select string_agg(distinct c.answer, ' ') from basepool.claim_generations('tester', 50) as c), 'busy', 'nothing else waits'
);

-- what comes later is met like the others
select pg_temp.submit(1000, 'acme/film');
select pg_temp.submit(1001);
select is(
  (select g.user_id from basepool.claim_generations('tester', 50) as c
  inner join public.generations as g on c.generation_id = g.id), pg_temp.user_id(1001), 'a later one goes past'
);

-- a user who is paused as well waits for both
select basepool.pause('user', pg_temp.user_id(1000)::text);
select basepool.resume('model', 'acme/film');
select is((select count(*) from basepool.claim_generations('tester', 500)), 450::bigint, 'all but his');
select is((select q.parked_for from basepool.queue as q), 'user ' || pg_temp.user_id(1000), 'which is parked for him');

-- what was overlooked (somebody had it locked when its pause was over) is found within a minute
select basepool.resume('user', pg_temp.user_id(1000)::text);
update basepool.queue set run_after = 'infinity', parked_for = 'user ' || pg_temp.user_id(1000);
select pg_temp.pass('61 seconds');
select * from basepool.claim_generations('tester', 1);
select is((select count(*) from basepool.claim_generations('tester', 1) as c
where c.answer = 'lease'), 1::bigint, 'no pause holds it back any more');

select * from finish();
rollback;
