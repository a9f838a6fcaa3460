-- a client that polls hears of each change of its own generations, whatever they do; what was told long enough ago is told no more
begin;
select plan(22);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);

-- the answer of user number n, who looks and goes on from where he was
create temporary table clients (n integer primary key, since timestamptz);
create function pg_temp.poll(p_n integer) returns table (generation uuid, status text)
language plpgsql as $$
#variable_conflict use_column
declare
  v_since timestamptz := (select c.since from clients as c where c.n = p_n);
begin
  perform pg_temp.sign_in(p_n);
  create temporary table seen on commit drop as select * from public.get_generation_changes(v_since);
  perform pg_temp.sign_out();
  insert into clients (n, since) select p_n, s.next_since from seen as s limit 1
  on conflict (n) do update set since = excluded.since;
  return query select s.id, s.status from seen as s order by s.changed_at, s.id;
  drop table seen;
end
$$;
create temporary table names (name text primary key, id uuid);
create function pg_temp.name_of(p_generation uuid) returns text
language sql as $$ select n.name from names as n where n.id = p_generation $$;
create function pg_temp.told(p_n integer) returns text
language sql as $$
  select string_agg(pg_temp.name_of(p.generation) || ' ' || p.status, ', ') from pg_temp.poll(p_n) as p
$$;

select is(pg_temp.told(1), null, 'nothing yet');
insert into names values ('first', pg_temp.submit(1));
insert into names values ('his', pg_temp.submit(2));
select is(pg_temp.told(1), 'first pending', 'one that came in');
select is(pg_temp.told(2), 'his pending', 'to whom it belongs');
select is((
  select c.since from clients as c
  where c.n = 1
), basepool.now() - interval '15 seconds', 'what is committed late is not missed');
select is(pg_temp.told(1), 'first pending', 'so it is told again for a while');
select pg_temp.pass('1 minute');
select is(pg_temp.told(1), 'first pending', 'the last time');
select is(pg_temp.told(1), null, 'and then no more');

-- it is claimed, and accepted much later
create temporary table attempts as select c.attempt_id as id from basepool.claim_generations('tester', 2) as c;
select is(pg_temp.told(1), null, 'a claim changes no status');
select pg_temp.pass('50 seconds');
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.id, 'starting')) from attempts as a;
select is(pg_temp.told(1), 'first processing', 'it runs since now, not since its claim');
select pg_temp.pass('1 minute');
select pg_temp.told(1);
select is(pg_temp.told(1), null, 'while it runs there is nothing to tell');

-- it is tried again
select basepool.apply_prediction((
  select s.attempt_id from basepool.seats as s inner join names as n on s.generation_id = n.id
  where n.name = 'first'
), (
  select pg_temp.prediction(s.prediction_id, 'failed', 'E003: high demand') from basepool.seats as s
  inner join names as n on s.generation_id = n.id
  where n.name = 'first'
), 'poll');
select is(pg_temp.told(1), 'first pending', 'it waits again');
select pg_temp.pass('1 minute');
select pg_temp.told(1);
select is(pg_temp.told(1), null, 'and waits');
create temporary table again as select c.attempt_id as id from basepool.claim_generations('tester', 1) as c;
select basepool.record_submitted(a.id, pg_temp.prediction('again', 'starting')) from again as a;
select is(pg_temp.told(1), 'first processing', 'it runs again, whenever it began');
select pg_temp.pass('5 minutes');
select basepool.apply_prediction(a.id, pg_temp.prediction('again', 'succeeded', null, '"https://replicate.delivery/x"'), 'poll')
from again as a;
select is(pg_temp.told(1), 'first completed', 'it is over');
select is(pg_temp.told(2), 'his processing', 'another''s stands where it stood');

-- whoever ends it, and whenever
insert into names values ('second', pg_temp.submit(1));
select pg_temp.pass('1 minute');
select pg_temp.told(1);
update public.generations set status = 'failed'
where id = (
  select n.id from names as n
  where n.name = 'second'
);
select is(pg_temp.told(1), 'second failed', 'the app itself, which writes no time');
select pg_temp.pass('110 minutes');
select pg_temp.told(1);
update public.generations set status = 'completed', completed_at = basepool.now()
where id = (
  select n.id from names as n
  where n.name = 'second'
);
select is(pg_temp.told(1), 'second completed', 'a late success');

-- its files are kept, later than it has ended
select pg_temp.pass('20 minutes');
select pg_temp.told(1);
select is(pg_temp.told(1), null, 'nothing is new');
insert into basepool.output_files (generation_id, nth, user_id, source_url, since, deadline, state, error_code, failed_at)
select
  n.id,
  9,
  pg_temp.user_id(1),
  'https://replicate.delivery/x',
  basepool.now() as since,
  basepool.now() as deadline,
  'failed',
  'expired',
  basepool.now() as failed_at
from names as n
where n.name = 'second';
select is(pg_temp.told(1), 'second completed', 'with the last of its files its links change');

-- nobody, and those who may see more
select set_config('role', 'authenticated', true);
select is_empty('select * from public.get_generation_changes()', 'who is nobody has none');
select pg_temp.sign_out();
create policy everybody_sees_all on public.generations for select to authenticated using (true);
select is(pg_temp.told(3), null, 'one''s own only, whatever policies show');
select throws_ok($$
  select set_config('role', 'anon', true);
  select * from public.get_generation_changes()
$$, '42501', 'permission denied for function get_generation_changes', 'strangers may not ask');

select * from finish();
rollback;
