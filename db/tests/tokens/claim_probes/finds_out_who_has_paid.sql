-- an account without credit is asked about every minute; then a single lease tries whether somebody has paid
begin;
select plan(15);
\ir ../../helpers.psql

create temporary table pool as select pg_temp.add_tokens(1) as ids;
select basepool.configure('{"stuck_after": "30 days"}');
select pg_temp.submit_many(5);
create function pg_temp.refuse() returns bigint
language sql as $$
  select count(*) from (
    select c.attempt_id from basepool.claim_generations('tester', 5) as c where c.answer = 'lease'
  ) as c
  cross join lateral basepool.record_rejected(c.attempt_id, 'http', 402, '{"title": "Insufficient credit", "status": 402}') as r
$$;
select is(pg_temp.refuse(), 5::bigint, 'no credit');
select is_empty('select from basepool.claim_probes(9)', 'not at once');
select pg_temp.pass('61 seconds');
select results_eq('select p.token_id from basepool.claim_probes(9) as p', 'select p.ids[1] from pool as p', 'after a minute');
select is_empty('select from basepool.claim_probes(9)', 'by one worker');
select is(basepool.record_probe(p.ids[1], null, 'timeout: x'), 'no answer about the token', 'no answer says nothing')
from pool as p;
select is((select answer from basepool.claim_generations('tester', 5)), 'busy', 'it rests');
select is(basepool.record_probe(p.ids[1], 200), 'half-open', 'it answers') from pool as p;
select is(pg_temp.refuse(), 1::bigint, 'one lease tries, and is refused');
select is((select count(*) from public.generations as g
where g.status = 'pending'), 5::bigint, 'which costs nobody anything');
select is_empty('select from basepool.claim_probes(9)', 'it rests again');

-- however often: its user's generation does not fail for it
do $$
begin
  for v_minute in 1..20 loop
    perform pg_temp.pass('61 seconds');
    perform basepool.record_probe(p.token_id, 200) from basepool.claim_probes(9) as p;
    perform pg_temp.refuse();
  end loop;
end
$$;
select is((select count(*) from public.generations as g
where g.status = 'pending'), 5::bigint, 'nor do twenty');
select is((select count(*) from basepool.attempts), 26::bigint, 'though it was tried every minute');

-- somebody has paid
select pg_temp.pass('61 seconds');
select basepool.record_probe(p.token_id, 200) from basepool.claim_probes(9) as p;
create temporary table probe as select c.* from basepool.claim_generations('tester', 5) as c;
select is((select count(*) from probe), 1::bigint, 'one more');
select basepool.record_submitted(p.attempt_id, pg_temp.prediction('p1', 'starting')) from probe as p;
select is((select count(*) from basepool.claim_generations('tester', 5)), 4::bigint, 'accepted: the others follow');
select is_empty('select from basepool.claim_probes(9)', 'and there is nothing to ask');

select * from finish();
rollback;
