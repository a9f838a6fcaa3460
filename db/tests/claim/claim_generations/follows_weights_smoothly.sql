-- a token of weight three gets three of four leases, and never three in a burst more than its share
begin;
select plan(3);
\ir ../../helpers.psql

select pg_temp.add_tokens(2, 100);
update public.replicate_tokens set weight = 3
where id = (select min(id) from public.replicate_tokens);
select pg_temp.submit_many(40);
create temporary table leases as
select
s.n,
c.token_id = (select min(t.id) from public.replicate_tokens as t) as is_heavy
from generate_series(1, 40) as s (n)
cross join lateral (select * from basepool.claim_generations('tester', 1 + 0 * s.n)) as c;

select is((select count(*) from leases
where is_heavy), 30::bigint, 'three of four');
select cmp_ok(
  (
    select max(w.heavy) from (
      select count(*) filter (where is_heavy) over (order by n rows between 3 preceding and current row) as heavy from leases
    ) as w
  ), '<=', 4::bigint, 'a window of four'
);
select is(
  (
    select count(*) from (
      select not is_heavy and lag(not is_heavy) over (order by n) as is_twice from leases
    ) as w
where w.is_twice
  ), 0::bigint, 'the light one never goes twice in a row'
);

select * from finish();
rollback;
