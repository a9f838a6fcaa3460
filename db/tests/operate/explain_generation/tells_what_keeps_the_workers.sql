-- a token is free: nobody works, all are silent, all hands are full, none can claim, or the next claim takes it
begin;
select plan(9);
\ir ../../helpers.psql

create function pg_temp.reason() returns text
language sql as $$
  select basepool._explain_generation(g.id) ->> 'reason' from public.generations as g
$$;
create function pg_temp.beat(p_worker text, p_doing text, p_free integer) returns void
language sql as $$
  select basepool.heartbeat(p_worker, '0.1', 1, p_doing, 20, p_free, true)
$$;
select pg_temp.add_tokens(1);
create temporary table mine as select pg_temp.submit(1) as id;
grant select on mine to authenticated;
select is(pg_temp.reason(), 'a token is free; no worker is known: nobody claims it', 'nobody');
select pg_temp.beat('w1', 'waits for a free hand', 0);
select is(pg_temp.reason(), 'a token is free; all 20 hands of the workers are waiting for answers of Replicate', 'busy');
select pg_temp.beat('w1', 'can''t claim: TP040 locked', 20);
select is(pg_temp.reason(), 'a token is free; the workers can''t claim', 'blocked');
select matches(
  (select basepool._explain_generation(m.id) ->> 'workers' from mine as m), '^w1: can''t claim: TP040 locked, 20 of 20 hands free$'
  , 'and what they say of it'
);
select pg_temp.beat('w1', 'claims', 20);
select is(pg_temp.reason(), 'a token is free; a worker is there and claims it next', 'soon');
select pg_temp.pass('100 seconds');
select is(pg_temp.reason(), 'a token is free; every worker has been silent, for 100 s at least', 'silent');
select matches((select basepool._explain_generation(m.id) ->> 'workers' from mine as m), '^w1: silent since ', 'and since when');
select pg_temp.beat('w2', 'claims', 3);
select is(pg_temp.reason(), 'a token is free; a worker is there and claims it next', 'one of two is enough');
select pg_temp.sign_in(1);
select ok(
  (
      select e.why ->> 'reason' is not null and not e.why ? 'workers'
      from public.explain_generation((select m.id from mine as m)) as e (why)
  )
  , 'users are not told who works'
);

select * from finish();
rollback;
