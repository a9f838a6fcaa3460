-- one look tells what waits, runs and ended; the stamp changes with it, and not with a heartbeat
begin;
select plan(17);
\ir ../../helpers.psql

select is(
  basepool.page_overview() - array['at', 'jobs', 'stamp', 'alerts', 'minutes'],
  '{"waiting": {"count": 0, "capped": false}, "delayed": {"count": 0, "capped": false}, "oldest_at": null
  , "in_flight": {"submitting": 0, "running": 0, "unknown": 0}, "last_hour": {"completed": {"count": 0, "capped": false}
  , "failed": {"count": 0, "capped": false}, "cancelled": {"count": 0, "capped": false}}, "tokens": [], "pauses": []
  , "workers": []}'::jsonb,
  'nothing is there'
);
select is((basepool.page_overview() ->> 'at')::timestamptz, basepool.now(), 'when that was');
select pg_temp.add_tokens(2, 2);
update public.replicate_tokens set name = e'a\u202Eb'
where id = (select min(t.id) from public.replicate_tokens as t);
select pg_temp.submit_many(7);
create temporary table seen as select basepool.page_overview() as page;
select basepool.heartbeat('w1', '1.0', 1, 'works', 8, 3, true);
select pg_temp.pass('2 seconds');
select is(
  basepool.page_overview() #> '{workers,0}',
  jsonb_build_object(
    'name', 'w1', 'heard_at', basepool.now() - interval '2 seconds', 'is_silent', false, 'doing', 'works', 'hands', 8
    , 'hands_free', 3, 'version', '1.0'
  ),
  'who works'
);
select isnt(basepool.page_overview() ->> 'stamp', s.page ->> 'stamp', 'a worker is news') from seen as s;
update seen set page = basepool.page_overview();
select basepool.heartbeat('w1', '1.0', 1, 'works', 8, 3, true);
select is(basepool.page_overview() ->> 'stamp', s.page ->> 'stamp', 'its heartbeat is none') from seen as s;
select isnt(basepool.page_overview() #> '{workers,0,heard_at}', s.page #> '{workers,0,heard_at}', 'though it is shown')
from seen as s;

select basepool.record_rejected(c.attempt_id, 'http', 422, 'no') from basepool.claim_generations('tester', 1) as c;
select isnt(basepool.page_overview() ->> 'stamp', s.page ->> 'stamp', 'one that fails is news') from seen as s;
select basepool.apply_prediction(c.attempt_id, pg_temp.prediction('p1', 'succeeded', null, '["https://h/o.png"]'), 'poll')
from basepool.claim_generations('tester', 1) as c;
select basepool.record_rejected(c.attempt_id, 'transport', null, 'connect: refused')
from basepool.claim_generations('tester', 1) as c;
select basepool.record_submitted(c.attempt_id, pg_temp.prediction('p2', 'starting'))
from basepool.claim_generations('tester', 1) as c;
select basepool.record_rejected(c.attempt_id, 'transport', null, 'reset: ReadError')
from basepool.claim_generations('tester', 1) as c;
select is(
  basepool.page_overview() -> 'in_flight', '{"submitting": 0, "running": 1, "unknown": 1}'::jsonb, 'in flight, state by state'
);
select is(basepool.page_overview() -> 'waiting', '{"count": 2, "capped": false}'::jsonb, 'what waits');
select is(basepool.page_overview() -> 'delayed', '{"count": 1, "capped": false}'::jsonb, 'what waits for a time');
select is(
  (basepool.page_overview() ->> 'oldest_at')::timestamptz, (select min(q.queued_at) from basepool.queue as q), 'since when'
);
select is(
  basepool.page_overview() -> 'last_hour',
  '{"completed": {"count": 1, "capped": false}, "failed": {"count": 1, "capped": false}
  , "cancelled": {"count": 0, "capped": false}}'::jsonb,
  'how it ended within the hour'
);
select results_eq(
  $$select (t.row ->> 'used')::integer, (t.row ->> 'slots')::integer, t.row ->> 'account', t.row ->> 'name'
  from jsonb_array_elements(basepool.page_overview() -> 'tokens') as t (row)$$,
  $$select count(s.attempt_id)::integer, t.max_in_flight, a.username, basepool._printable(t.name)
  from public.replicate_tokens as t
  inner join basepool.accounts as a on a.id = t.account_id
  inner join basepool.seats as s on s.token_id = t.id
  group by t.id, a.id order by t.id$$,
  'how full each token is'
);
select is(basepool.page_overview() #>> '{tokens,0,name}', 'a?b', 'a name turns nothing round');
select basepool.pause('pool', p_reason => 'tea');
select is(
  (basepool.page_overview() #> '{pauses,0}') - array['says', 'since'],
  '{"kind": "pool", "name": "", "until": null, "is_breaker": false}'::jsonb, 'what is paused'
);
select is(basepool.page_overview() #>> '{tokens,0,state}', 'paused', 'which every token says, too');
select pg_temp.pass('2 hours');
select is(
  basepool.page_overview() #> '{last_hour,failed}', '{"count": 0, "capped": false}'::jsonb, 'what was before is over'
);

select * from finish();
rollback;
