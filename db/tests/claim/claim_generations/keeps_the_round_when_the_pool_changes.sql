-- a token that joins or comes back takes its turn with the others; it does not catch up on what it missed
begin;
select plan(4);
\ir ../../helpers.psql

create temporary table pool as select pg_temp.add_tokens(2, 100) as ids;
select pg_temp.submit_many(100);
create function pg_temp.counts(p_claims integer) returns bigint []
language sql as $$
  with leases as (
    select c.token_id
    from generate_series(1, p_claims) as s (n)
    cross join lateral (select * from basepool.claim_generations('tester', 1 + 0 * s.n)) as c
  )
  select array_agg(n.leases order by n.id)
  from (
    select t.id, count(l.token_id) as leases
    from public.replicate_tokens as t left join leases as l on l.token_id = t.id
    group by t.id
  ) as n
$$;

select is(pg_temp.counts(20), array[10, 10]::bigint [], 'two tokens');
select basepool.add_token('r8_token_number_3', 'sim-3', 'user', null, 100);
select is(pg_temp.counts(9), array[3, 3, 3]::bigint [], 'a third joins and is not given ten to catch up');
select basepool.disable_token((select p.ids[1] from pool as p));
select is(pg_temp.counts(10), array[0, 5, 5]::bigint [], 'one is disabled');
select basepool.enable_token((select p.ids[1] from pool as p));
select is(pg_temp.counts(9), array[3, 3, 3]::bigint [], 'it is enabled and joins where the round is');

select * from finish();
rollback;
