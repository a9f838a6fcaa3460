-- status, place in the queue, what it waits for, and every attempt with its reason
begin;
select plan(9);
\ir ../../helpers.psql

create temporary table own as select
pg_temp.submit(1) as id,
pg_temp.submit(2) as other;
select is(basepool.get_generation(o.id) ->> 'status', 'pending', 'pending') from own as o;
select is(
  basepool.get_generation(o.id) #>> '{why,pool}', 'there is no token: add one with basepool tokens add', 'and why'
) from own as o;
select set_eq(
  $$select (basepool.get_generation(g.id) #>> '{why,position}')::integer from public.generations as g$$, array[1, 2], 'in line'
);
select pg_temp.add_tokens(1, 1);
select set_eq(
  $$select basepool.get_generation(g.id) #>> '{why,waits_for}' from public.generations as g$$, array['worker', 'turn']
  , 'somebody has to claim'
);
select basepool.record_rejected(c.attempt_id, 'transport', null, 'connect: refused')
from basepool.claim_generations('tester', 1) as c;
select is(
  (select count(*) from public.generations as g
where basepool.get_generation(g.id) #>> '{why,waits_for}' = 'retry'), 1::bigint,
  'a retry'
);
select basepool.claim_generations('tester', 1);
select matches(
  (select string_agg(basepool.get_generation(g.id) #>> '{attempts,0,decision}', ' ') from public.generations as g), 'retry 1',
  'every attempt with its decision'
);
select basepool.claim_generations('tester', 1);
select pg_temp.submit(3);
select matches(
  (select basepool.get_generation(g.id) #>> '{why,pool}' from public.generations as g
where g.user_id = pg_temp.user_id(3)),
  'token \d+: all 1 seats are taken', 'all slots are busy'
);
select basepool.record_rejected(a.id, 'transport', null, 'reset: ReadError') from basepool._all_attempts() as a
where a.state = 'submitting';
select is(
  (select max(basepool.get_generation(g.id) #>> '{attempts,-1,search_at}') from public.generations as g)::timestamptz
  - basepool.now(),
  '2 seconds', 'when it is looked for'
);
select throws_ok($$select basepool.get_generation(null)$$, 'PT404', 'there is no generation null');

select * from finish();
rollback;
