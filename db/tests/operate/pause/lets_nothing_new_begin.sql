-- of the pool, an account, a model or a user: what is in flight ends, what waits is not claimed, and the rest goes on
begin;
select plan(32);
\ir ../../helpers.psql

create function pg_temp.leased(p_max integer default 9) returns bigint
language sql as $$
  select count(*) from basepool.claim_generations('tester', p_max) as c where c.answer = 'lease'
$$;
create function pg_temp.why(p_user integer) returns text
language sql as $$
  select w.why ->> 'waits_for' || ': ' || (w.why ->> 'error')
  from (
    select basepool._explain_generation(g.id) as why from public.generations as g where g.user_id = pg_temp.user_id(p_user)
  ) as w
$$;
create temporary table pool as select pg_temp.add_tokens(2) as ids;

-- the pool
create temporary table first_one as select pg_temp.start(1) as attempt_id;
select is(
  basepool.pause('pool', null, basepool.now() + interval '2 hours', 'new prices', 'alice@desk'), 'paused, 1 still in flight', 'said'
);
select pg_temp.submit_many(4, 2);
select results_eq(
  'select c.answer, c.busy_until - basepool.now() from basepool.claim_generations(''tester'', 9) as c'
  , $$values ('busy', interval '2 hours')$$, 'nothing is claimed'
);
select matches(
  (select c.reason from basepool.claim_generations('tester', 9) as c)
  , '^the pool is paused by alice@desk \(.+\) since .+ UTC until .+ UTC: new prices$', 'who, since when, until when and why'
);
select results_eq(
  'select l.state, l.back_at - basepool.now() from basepool.list_tokens() as l'
  , $$values ('paused', interval '2 hours'), ('paused', interval '2 hours')$$, 'the tokens say so'
);
select matches((select l.reason from basepool.list_tokens() as l
order by l.token_id limit 1), '^the pool is paused by alice@desk', 'each with the reason');
select matches(pg_temp.why(2), '^pause: the pool is paused by alice@desk .+: new prices$', 'so does each generation');
select is(
  basepool._explain_generation(g.id) ->> 'reason', 'nothing is sent for the time being', 'and to its owner'
) from public.generations as g
where g.user_id = pg_temp.user_id(2);
select matches(basepool.get_status() #>> '{pauses,0,says}', '^the pool is paused by alice@desk', 'and the status');
select throws_ok('select * from public.get_next_replicate_token()', 'PT503', 'the pool is paused', 'the app''s own calls, too');
select basepool.record_submitted(f.attempt_id, pg_temp.prediction('p1', 'starting')) from first_one as f;
select is(
  basepool.apply_prediction(f.attempt_id, pg_temp.prediction('p1', 'succeeded', null, '["https://x/1.png"]'), 'poll'), 'applied'
  , 'what is in flight ends'
) from first_one as f;
select is(basepool.resume('pool'), 'resumed', 'resumed');
select is(pg_temp.leased(), 4::bigint, 'they are claimed');
select is(basepool.resume('pool'), 'was not paused', 'once');

-- an account
select is(
  basepool.pause('account', 'sim-1', p_reason => 'it changes hands'), 'paused, 2 still in flight', 'by its name'
);
select pg_temp.submit_many(4, 10);
select results_eq(
  'select distinct c.account_id from basepool.claim_generations(''tester'', 9) as c'
  , 'select a.id from basepool.accounts as a where a.username = ''sim-2''', 'the other account has all'
);
select results_eq(
  'select l.state, l.back_at from basepool.list_tokens() as l order by l.token_id'
  , $$values ('paused', null::timestamptz), ('ready', null)$$, 'its token is paused, for as long as it takes'
);
select matches(
  (select l.reason from basepool.list_tokens() as l
  order by l.token_id limit 1), '^its account is paused by .+: it changes hands$', 'why'
);
select basepool.pause('account', a.id::text) from basepool.accounts as a
where a.username = 'sim-2';
select pg_temp.submit(20);
select results_eq(
  'select c.answer, c.busy_until from basepool.claim_generations(''tester'', 9) as c', $$values ('busy', null::timestamptz)$$
  , 'both: busy, until somebody resumes one'
);
select is(basepool._explain_generation(g.id) ->> 'waits_for', 'pause', 'what waits, waits for that') from public.generations as g
where g.user_id = pg_temp.user_id(20);
select basepool.resume('account', 'sim-2');
select is(pg_temp.leased(), 1::bigint, 'resumed');
select is(basepool.resume('account', 'sim-1'), 'resumed', 'both');

-- a model, whatever version, and a user
select basepool.configure('{"user_active_limit": 100}');
select is(basepool.pause('model', 'acme/film:' || repeat('0', 64)), 'paused', 'a model');
select is(basepool.pause('user', pg_temp.user_id(30)::text), 'paused', 'a user');
select pg_temp.submit(31, 'acme/film');
select pg_temp.submit(31, 'acme/film:' || repeat('a', 64));
select pg_temp.submit(31, 'acme/films');
select pg_temp.submit(30);
select pg_temp.submit(32);
select results_eq(
  $$select g.replicate_model, g.user_id from basepool.claim_generations('tester', 9) as c
  inner join public.generations as g on g.id = c.generation_id order by 1$$
  , $$values ('acme/films', pg_temp.user_id(31)), ('acme/painter', pg_temp.user_id(32))$$, 'the others go past them'
);
select results_eq(
  'select q.parked_for, count(*) from basepool.queue as q group by 1 order by 1'
  , $$select * from (values ('model acme/film', 2::bigint), ('user ' || pg_temp.user_id(30), 1)) as v$$
  , 'what is held back is out of the way'
);
select results_eq(
  'select c.answer, c.busy_until from basepool.claim_generations(''tester'', 9) as c', $$values ('busy', null::timestamptz)$$
  , 'nothing else waits, and that is said'
);
select matches(
  (select c.reason from basepool.claim_generations('tester', 9) as c)
  , '^all that waits is held back: model acme/film is paused by .+; user .+ is paused by', 'with all reasons'
);
select matches(pg_temp.why(30), '^pause: user .+ is paused by', 'the user''s generation says so');
select is((basepool.get_status() #>> '{queue,parked}')::integer, 3, 'they are counted');
select is(
  (select basepool.get_generation(g.id) #>> '{queue,parked_for}' from public.generations as g
where g.user_id = pg_temp.user_id(30)), 'user ' || pg_temp.user_id(30), 'and each is told of'
);
select is(basepool.resume('model', 'acme/film'), 'resumed, 2 wait with the others again', 'resumed');
select is(pg_temp.leased(), 2::bigint, 'they are claimed');

select * from finish();
rollback;
