-- round-robin: in every prefix of the sequence of leases the tokens' counts differ by at most one
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.add_tokens(5, 50);
select pg_temp.submit_many(60);

create temporary table leases as
select
s.n,
c.token_id
from generate_series(1, 23) as s (n)
cross join lateral (select * from basepool.claim_generations('tester', 1 + 0 * s.n)) as c;
select is((select count(*) from leases), 23::bigint, 'one by one');
create function pg_temp.worst_difference() returns bigint
language sql as $$
  select max(d.difference)
  from (
    select p.n, max(c.leases) - min(c.leases) as difference
    from (select distinct l.n from leases as l) as p
    cross join public.replicate_tokens as t
    cross join lateral (
      select count(*) as leases from leases as l where l.token_id = t.id and l.n <= p.n
    ) as c
    group by p.n
  ) as d
$$;
select is(pg_temp.worst_difference(), 1::bigint, 'in every prefix the counts differ by at most one');

insert into leases
select
23 + row_number() over (order by c.token_id, c.attempt_id),
c.token_id
from basepool.claim_generations('tester', 12) as c;
select is(
  (select max(c.leases) - min(c.leases) from (select count(*) as leases from leases
group by token_id) as c),
  0::bigint, 'a batch continues the round: 35 leases, 7 each'
);
select basepool._roll_up();
select results_eq(
  'select t.request_count from public.replicate_tokens as t order by t.id', $$values (7), (7), (7), (7), (7)$$,
  'and the counters say the same, once rolled up'
);

select * from finish();
rollback;
