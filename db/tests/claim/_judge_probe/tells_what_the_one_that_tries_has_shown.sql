-- while the provider fails one create at a time tries it, at growing pauses; whatever it answers that is an answer closes the
-- breaker; and no generation fails for it
begin;
select plan(37);
\ir ../../helpers.psql

select pg_temp.add_tokens(2, 100);
select basepool.configure('{"stuck_after": "30 days"}');
create function pg_temp.lease() returns uuid
language sql as $$
  select c.attempt_id from basepool.claim_generations('tester', 9) as c
$$;
create function pg_temp.refuse(p_attempt uuid, p_status integer default 500) returns text
language sql as $$
  select r.decision from basepool.record_rejected(p_attempt, 'http', p_status, 'Internal Server Error') as r
$$;
-- how long the claim says that it is busy
create function pg_temp.busy() returns interval
language sql as $$
  select c.busy_until - basepool.now() from basepool.claim_generations('tester', 9) as c where c.answer = 'busy'
$$;
create function pg_temp.is_open() returns boolean
language sql as $$
  select exists (select from basepool.breakers as b where b.opened_at is not null)
$$;
create temporary table try (id uuid);
select pg_temp.submit_many(40);
select basepool.record_answers((
  select jsonb_agg(jsonb_build_object('attempt', c.attempt_id, 'source', 'http', 'status', 500, 'body', 'Internal Server Error'))
  from basepool.claim_generations('tester', 10) as c
));
select ok(pg_temp.is_open(), 'ten creates have failed');
select ok(pg_temp.busy() between interval '5 seconds' and interval '5.5 seconds', 'nothing is claimed for five seconds');
select matches(
  (select c.reason from basepool.claim_generations('tester', 9) as c)
  , '^10 in a row have failed at Replicate, of whatever model, since .+ UTC \(server-error: HTTP 500: Internal Server Error\): '
  , 'why'
);
select results_eq(
  'select distinct l.state, l.reason, l.error_count from basepool.list_tokens() as l'
  , $$values ('breaker', 'Replicate fails, one create at a time tries it: HTTP 500: Internal Server Error', 0)$$
  , 'no token is ready, and none is to blame'
);
select results_eq(
  $$select w.why ->> 'waits_for', w.why ->> 'reason', w.why ->> 'error' like '10 in a row%'
  from public.generations as g
  cross join lateral (select basepool._explain_generation(g.id) as why) as w
  where g.user_id = pg_temp.user_id(40)$$
  , $$values ('breaker', 'Replicate fails; it is tried until it works again', true)$$, 'each that waits says so'
);
select is(
  (select count(*) from basepool._list_findings(basepool.now()) as f
where f.name = 'breaker-provider'), 1::bigint, 'it is a finding'
);

-- it goes on failing
select pg_temp.pass('6 seconds');
insert into try select pg_temp.lease();
select is((select count(*) from try as t
where t.id is not null), 1::bigint, 'one tries it');
select is(pg_temp.busy(), interval '1 second', 'alone');
select pg_temp.refuse(t.id) from try as t;
select ok(pg_temp.busy() between interval '10 seconds' and interval '11 seconds', 'in vain: twice as long');
select is((select count(*) from basepool.claim_generations('tester', 9) as c
where c.answer = 'lease'), 0::bigint, 'none meanwhile');
create temporary table pauses (nth integer, pause interval);
do $$
begin
  for v_nth in 1..4 loop
    perform pg_temp.pass('31 seconds');
    perform pg_temp.refuse(pg_temp.lease());
    insert into pauses values (v_nth, pg_temp.busy());
  end loop;
end
$$;
select results_eq(
  $$select p.nth, p.pause between case p.nth when 1 then interval '20 seconds' else '30 seconds' end and interval '30 seconds'
  from pauses as p order by 1$$
  , 'values (1, true), (2, true), (3, true), (4, true)', 'then twenty, and half a minute at most'
);

-- what shows nothing leaves the way to the next
select pg_temp.pass('31 seconds');
truncate try;
insert into try select pg_temp.lease();
select is(r.decision, 'retry', 'given back unsent')
from try as t
cross join lateral basepool.record_rejected(t.id, 'transport', null, 'unsent: late') as r;
truncate try;
insert into try select pg_temp.lease();
select is((select count(*) from try as t
where t.id is not null), 1::bigint, 'another tries it at once');
select basepool.cancel_for_user(a.generation_id) from try as t
inner join basepool._all_attempts() as a on t.id = a.id;
select pg_temp.pass('61 seconds');
truncate try;
insert into try select pg_temp.lease();
select is((select count(*) from try as t
where t.id is not null), 1::bigint, 'and after a minute without an answer');
select ok(pg_temp.is_open(), 'it is open all the while');

-- an answer is an answer
select is(pg_temp.refuse(t.id, 422), 'fail', 'one is refused for its input') from try as t;
select is((select count(*) from basepool.claim_generations('tester', 5) as c
where c.answer = 'lease'), 5::bigint, 'so Replicate is there again');
select ok(not pg_temp.is_open(), 'the breaker is closed');
select is((select count(*) from basepool._list_findings(basepool.now()) as f
where f.name like 'breaker%'), 0::bigint, 'and no finding any more');
select is((select count(*) from public.generations as g
where g.status = 'failed'), 1::bigint, 'only that one has failed');
select is((select sum(t.error_count) from public.replicate_tokens as t), 0::bigint, 'and no token was blamed');

-- the other answers, and none
create function pg_temp.open() returns void
language sql as $$
  insert into basepool.breakers (name, failures, failed_at, failed_generation, rule, error, opened_at, open_until)
  values ('', 10, basepool.now(), gen_random_uuid(), 'server-error', 'x', basepool.now(), basepool.now())
$$;
create function pg_temp.try_with(p_item jsonb) returns boolean
language plpgsql as $$
declare
  v_attempt uuid;
begin
  perform pg_temp.pass('5 minutes');
  delete from basepool.breakers;
  perform pg_temp.open();
  v_attempt := pg_temp.lease();
  perform basepool.record_answers(jsonb_build_array(p_item || jsonb_build_object('attempt', v_attempt)));
  perform pg_temp.pass('1 second');
  perform basepool._look_at_holds(basepool.now());
  return pg_temp.is_open();
end
$$;
select is(pg_temp.try_with(jsonb_build_object('prediction', pg_temp.prediction('q1', 'starting'))), false, 'accepted');
select is(pg_temp.try_with('{"source": "http", "status": 402, "body": "{}"}'), false, 'no credit');
select is(pg_temp.try_with('{"source": "http", "status": 401, "body": "{}"}'), false, 'no such token');
select basepool.enable_token(t.id) from public.replicate_tokens as t;
select is(pg_temp.try_with('{"source": "http", "status": 404, "body": "{}"}'), false, 'no such model');
select is(pg_temp.try_with('{"source": "http", "status": 503, "body": ""}'), true, 'a 503');
select is(pg_temp.try_with('{"source": "http", "status": 403, "body": "<html>blocked</html>"}'), true, 'the edge');
select is(pg_temp.try_with('{"source": "transport", "body": "connect: refused"}'), true, 'no connection');
select is(pg_temp.try_with('{"source": "transport", "body": "timeout: x"}'), true, 'no answer');

-- nothing waits: it stays open until it is not known to fail any more
select pg_temp.pass('1 minute');
delete from basepool.queue;
select is((select c.answer from basepool.claim_generations('tester', 9) as c), 'empty', 'nothing waits');
select ok(pg_temp.is_open(), 'it is open');
select pg_temp.pass('15 minutes');
select is((select c.answer from basepool.claim_generations('tester', 9) as c), 'empty', 'nothing waits');
select ok(not pg_temp.is_open(), 'nobody knows, so it is tried as usual');

-- a person knows better
select pg_temp.open();
select is(basepool.resume('pool'), 'its breaker is closed', 'closed by a person');
select ok(not pg_temp.is_open(), 'it is closed');

-- what was never there after all is tried again, however often
select basepool.configure('{"absence_after": "1 second"}');
delete from basepool.lost_attempts;
create temporary table lost as select pg_temp.submit(99) as id;
create temporary table decisions (decision text);
do $$
declare
  v_attempt uuid;
  v_search bigint;
begin
  for v_nth in 1..12 loop
    perform pg_temp.pass('6 minutes');
    delete from basepool.breakers;
    select c.attempt_id into v_attempt from basepool.claim_generations('tester', 1) as c;
    perform basepool.record_rejected(v_attempt, 'http', 500, 'Internal Server Error');
    perform pg_temp.pass('3 seconds');
    select s.search_id into v_search from basepool.claim_searches('tester', 9) as s
    where s.account_id = (select a.account_id from basepool._all_attempts() as a where a.id = v_attempt);
    perform basepool.conclude_search(v_search, true);
    insert into decisions select basepool.record_not_found(v_attempt, v_search);
  end loop;
end
$$;
select is((select string_agg(d.decision, ' ') from decisions as d)
  , 'retry 1 retry 2 retry 3 retry 4 retry 5 retry 6 retry 7 retry 8 retry 9 retry 10 retry 11 retry 12', 'twelve times absent');
select is(pg_temp.status(l.id), 'pending', 'and it has not failed') from lost as l;

select * from finish();
rollback;
