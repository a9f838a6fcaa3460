-- what is refused together is one incident, with one pause; and how long Replicate says to wait is how long it is waited
begin;
select plan(24);
\ir ../../helpers.psql

create function pg_temp.refuse(p_attempt uuid, p_status integer, p_body text) returns text
language sql as $$
  select r.decision from basepool.record_rejected(p_attempt, 'http', p_status, p_body) as r
$$;
create function pg_temp.pause() returns interval
language sql as $$
  select a.cooldown_until - basepool.now() from basepool.accounts as a
$$;

-- five calls under way, all refused: as one
select pg_temp.add_tokens(1);
select basepool.configure('{"stuck_after": "30 days"}');
select pg_temp.submit_many(6);
create temporary table together as select c.attempt_id from basepool.claim_generations('tester', 5) as c;
create temporary table pauses (nth integer, cooldown interval);
do $$
declare
  v_attempt uuid;
  v_nth integer := 0;
begin
  for v_attempt in select attempt_id from together loop
    v_nth := v_nth + 1;
    perform pg_temp.pass('1 second');
    perform pg_temp.refuse(v_attempt, 402, '{"title": "Insufficient credit", "status": 402}');
    insert into pauses values (v_nth, pg_temp.pause());
  end loop;
end
$$;
select is((select a.failure_streak from basepool.accounts as a), 1, 'five refused together are one incident');
select ok(
  (select bool_and(p.cooldown between interval '9 minutes 55 seconds' and interval '11 minutes') from pauses as p), 'with one pause'
);
select is((select a.cooled_at from basepool.accounts as a), basepool.now() - interval '4 seconds', 'that began with the first');
select is((select t.error_count from public.replicate_tokens as t), 5, 'and five errors');

-- the next one, refused by whoever tries it, is another, and twice as long
select pg_temp.pass('12 minutes');
create temporary table probe as select c.attempt_id from basepool.claim_generations('tester', 5) as c;
select is((select count(*) from probe), 1::bigint, 'one lease tries it');
select is((select l.state from basepool.list_tokens() as l), 'probing', 'which is seen');
select is(
  (select l.back_at - basepool.now() from basepool.list_tokens() as l), interval '60 seconds', 'with how long it may take'
);
select pg_temp.refuse(p.attempt_id, 402, '{"title": "Insufficient credit", "status": 402}') from probe as p;
select ok(pg_temp.pause() between interval '20 minutes' and interval '22 minutes', 'refused again: twice as long');
select is((select a.failure_streak from basepool.accounts as a), 2, 'two incidents');
select is((select a.probing_until from basepool.accounts as a), null, 'nobody is trying it');

-- the answer's own wait is how long it is, whatever guards the probe
select basepool.enable_token(t.id) from public.replicate_tokens as t;
truncate probe;
insert into probe select c.attempt_id from basepool.claim_generations('tester', 1) as c;
select pg_temp.refuse(p.attempt_id, 429, '{"detail": "Request was throttled.", "retry_after": 2}') from probe as p;
select is(pg_temp.pause(), interval '2 seconds', 'two seconds, as it said');
select pg_temp.pass('2 seconds');
truncate probe;
insert into probe select c.attempt_id from basepool.claim_generations('tester', 1) as c;
select ok((select a.probing_until > basepool.now() from basepool.accounts as a), 'one tries it, guarded');
select pg_temp.pass('1 second');
select pg_temp.refuse(p.attempt_id, 429, '{"detail": "Request was throttled.", "retry_after": 2}') from probe as p;
select is(pg_temp.pause(), interval '2 seconds', 'the second says two seconds, and it is two seconds');
select is(
  (select c.busy_until - basepool.now() from basepool.claim_generations('tester', 1) as c), interval '2 seconds'
  , 'the claim knows'
);
select pg_temp.pass('2 seconds');
truncate probe;
insert into probe select c.attempt_id from basepool.claim_generations('tester', 1) as c;
select is((select count(*) from probe), 1::bigint, 'then it is tried again');

-- what says nothing about the account leaves the way to the next
select pg_temp.refuse(p.attempt_id, 422, '{"title": "Input validation failed"}') from probe as p;
select is((select l.state from basepool.list_tokens() as l), 'ready', 'a wrong input has tried nothing');
truncate probe;
insert into probe select c.attempt_id from basepool.claim_generations('tester', 5) as c;
select is((select count(*) from probe), 1::bigint, 'so another one does, alone');
-- but a lost answer may yet come
select pg_temp.refuse(p.attempt_id, 500, 'Internal Server Error') from probe as p;
select is((select l.state from basepool.list_tokens() as l), 'probing', 'what is not known is waited for');
select pg_temp.pass('61 seconds');
truncate probe;
insert into probe select c.attempt_id from basepool.claim_generations('tester', 5) as c;
select is((select count(*) from probe), 1::bigint, 'for a while');
select basepool.record_submitted(p.attempt_id, pg_temp.prediction('p1', 'starting')) from probe as p;
select results_eq(
  'select a.cooldown_until, a.probing_until, a.failure_streak from basepool.accounts as a',
  $$values (null::timestamptz, null::timestamptz, 0)$$, 'its success ends it'
);

-- a longer word counts even for those who were under way
truncate together;
insert into together select c.attempt_id from basepool.claim_generations('tester', 2) as c;
select pg_temp.refuse(t.attempt_id, 429, '{"detail": "Request was throttled.", "retry_after": 2}')
from (
  select * from together
  order by attempt_id limit 1
) as t;
select pg_temp.refuse(t.attempt_id, 429, '{"detail": "Request was throttled.", "retry_after": 40}')
from (
  select * from together
  order by attempt_id offset 1
) as t;
select is(pg_temp.pause(), interval '40 seconds', 'the longer of two waits');
select is((select a.failure_streak from basepool.accounts as a), 1, 'of one incident');

-- a person knows better
select matches(
  (select basepool.enable_token(t.id) from public.replicate_tokens as t), 'cooldown of its account is over', 'enabled by a person'
);
select is((select l.state from basepool.list_tokens() as l), 'ready', 'it is ready');

select * from finish();
rollback;
