-- a model whose predictions in flight are limited and that is paused: what was parked comes back to its gate
begin;
select plan(7);
\ir ../../helpers.psql

select pg_temp.add_tokens(2, 20);
insert into basepool.models (pattern, max_in_flight) values ('acme/film', 2), ('*', null);
create function pg_temp.claimed() returns text language sql as $$
  select string_agg(right(g.user_id::text, 2) || ' ' || g.replicate_model, ', ' order by g.user_id)
  from basepool.claim_generations('tester', 10) as c
  inner join public.generations as g on g.id = c.generation_id
$$;
select pg_temp.submit(s.n, 'acme/film') from generate_series(1, 3) as s (n);
select pg_temp.submit(4);
select basepool.pause('model', 'acme/film');
select is(pg_temp.claimed(), '04 acme/painter', 'others pass');
select is(pg_temp.claimed(), null, 'nothing of a paused model begins');
select pg_temp.claimed();
select is(
  (select count(*) from basepool.queue as q
  where q.parked_for = 'model acme/film'), 3::bigint, 'it was let through and parked'
);
update basepool.models set max_in_flight = 1
where pattern = 'acme/film';
update basepool.models set max_in_flight = 2
where pattern = 'acme/film';
select is(
  (select count(*) from basepool.queue as q
  where q.parked_for = 'model acme/film' and q.run_after = 'infinity'), 3::bigint,
  'a limit that changes meanwhile lets nothing out'
);
select basepool.resume('model', 'acme/film');
select is(
  (select count(*) from basepool.queue as q
  where q.parked_for is null and q.run_after = 'infinity'), 3::bigint,
  'afterwards it waits at the gate again'
);
select is(pg_temp.claimed(), '01 acme/film, 02 acme/film', 'which lets two through');
select is(pg_temp.claimed(), null, 'and no more');

select * from finish();
rollback;
