-- what a claim saw of each token, whose turn it was, and what it gave to whom, is there an hour later, whatever has happened since
begin;
select plan(25);
\ir ../../helpers.psql

create temporary table pool as select pg_temp.add_tokens(6, 2) as ids;
create function pg_temp.token(p_nth integer) returns integer language sql as $$ select p.ids[p_nth] from pool as p $$;
-- 1 is free, 2 is disabled, 3 suspended, 4 cooling, 5 of a paused account, 6 has no creates left
select basepool.disable_token(pg_temp.token(2));
update public.replicate_tokens as t set
  is_active = false, suspended_at = basepool.now(), suspended_until = basepool.now() + interval '1 hour'
  , suspended_reason = 'HTTP 401'
where t.id = pg_temp.token(3);
update basepool.accounts as a set
  cooled_at = basepool.now(), cooldown_until = basepool.now() + interval '1 minute', cooldown_reason = 'HTTP 429'
from public.replicate_tokens as t
where t.account_id = a.id and t.id = pg_temp.token(4);
select basepool.pause('account', 'sim-5', null, 'it changes hands', 'carol');
update basepool.limiters as l set creates_spent = basepool._microseconds(basepool.now() + interval '1 hour')
from public.replicate_tokens as t
where t.account_id = l.account_id and t.id = pg_temp.token(6);
create temporary table made as select * from unnest(pg_temp.submit_many(3)) with ordinality as m (id, nth);
create temporary table leased as select * from basepool.claim_generations('tester', 2);
select pg_temp.pass('1 hour');
select basepool.enable_token(pg_temp.token(2));
create temporary table seen as
select basepool.page_decision((basepool.page_decisions() #>> '{rows,0,id}')::bigint) as one;

select is(
  one - array['id', 'tokens', 'given_to', 'at']
  , '{"worker": "tester", "asked": 2, "given": 2, "answer": "lease", "reason": null, "busy_until": null}', 'the claim'
) from seen;
select is((one ->> 'at')::timestamptz, basepool.now() - interval '1 hour', 'when') from seen;
create temporary table tokens as
select
  t ->> 'state' as state,
  t ->> 'reason' as reason,
  (t ->> 'chosen')::integer as chosen,
  (t ->> 'free')::integer as free,
  t ->> 'name' as name,
  t ->> 'back_at' as back_at,
  (t ->> 'token_id')::integer - pg_temp.token(1) + 1 as nth
from seen
cross join jsonb_array_elements(one -> 'tokens') as t;
select is((select count(*) from tokens), 6::bigint, 'every token');
select results_eq(
  'select t.nth, t.state, t.chosen, t.free, t.reason from tokens as t order by t.nth'
  , $$values
  (1, 'ready', 2, 2, 'its turn: it got 2'), (2, 'disabled', 0, 0, 'it was disabled'), (3, 'suspended', 0, 0, 'HTTP 401')
  , (4, 'cooling', 0, 0, 'HTTP 429'), (5, 'paused', 0, 0, 'it changes hands')
  , (6, 'limited', 0, 0, 'its account had used its creates a minute')$$
  , 'as it was then, and why'
);
select is((select t.name from tokens as t
where t.nth = 1), 'sim-1', 'by a name');
select isnt((select t.back_at from tokens as t
where t.nth = 4), null, 'when it would be back');
select is((select t.back_at from tokens as t
where t.nth = 5), null, 'unless a person says so');
select results_eq(
  $$select (g ->> 'generation_id')::uuid, (g ->> 'user_id')::uuid, g ->> 'model', (g ->> 'token_id')::integer
  from seen cross join jsonb_array_elements(one -> 'given_to') as g$$
  , $$select m.id, pg_temp.user_id(m.nth::integer), 'acme/painter', pg_temp.token(1) from made as m where m.nth < 3 order by m.nth$$
  , 'what it gave, in the order of the queue'
);
select ok(one::text !~ 'a cat|r8_', 'no prompt, and no secret') from seen;
delete from public.generations as g using made as m
where m.nth = 1 and g.id = m.id;
select is(
  basepool.page_decision((one ->> 'id')::bigint) #> '{given_to,0,user_id}', 'null', 'of a generation that is gone its id is left'
) from seen;

-- the round: who comes later says so
select basepool.resume('account', 'sim-5');
select pg_temp.submit_many(2, 20);
select basepool.record_rejected(l.attempt_id, 'http', 422, '{}') from leased as l;
select count(*) from basepool.claim_generations('tester', 1);
create temporary table next as
select basepool.page_decision((basepool.page_decisions(null, 1) #>> '{rows,0,id}')::bigint) as one;
select is(jsonb_path_query_array(one, '$.tokens[*] ? (@.chosen > 0).reason'), '["its turn: it got 1"]', 'one was next') from next;
select ok(
  jsonb_array_length(jsonb_path_query_array(one, '$.tokens[*] ? (@.reason == "its turn comes after those that got one")')) > 1
  , 'others come after'
) from next;
select ok(
  (select bool_and((t ->> 'turn')::numeric >= (g ->> 'turn')::numeric) from jsonb_array_elements(one -> 'tokens') as t
  where t ->> 'state' = 'ready')
  , 'by their turns'
) from next
cross join lateral jsonb_array_elements(one -> 'given_to') as g;

-- nothing to lease with, though something waits
select pg_temp.pass('1 second');
select basepool.pause('pool', null, null, 'Replicate is down', 'anna');
select count(*) from basepool.claim_generations('tester', 1);
select count(*) from basepool.claim_generations('other', 1);
select pg_temp.pass('2 seconds');
select count(*) from basepool.claim_generations('tester', 1);
select is(
  jsonb_path_query_array(basepool.page_decisions(), '$.rows[*].answer'), '["busy", "lease", "lease"]', 'one row, however many ask'
);
select matches(basepool.page_decisions() #>> '{rows,0,says}', '^the pool is paused by anna', 'why');
select is(
  basepool.page_decision((basepool.page_decisions() #>> '{rows,0,id}')::bigint) #>> '{tokens,0,state}', 'paused', 'all of it'
);
select pg_temp.pass('1 minute');
select count(*) from basepool.claim_generations('tester', 1);
select is(jsonb_array_length(basepool.page_decisions() -> 'rows'), 4, 'one a minute, while it lasts');
select basepool.resume('pool');
select pg_temp.pass('2 seconds');
select basepool.disable_token(u.id) from pool as p
cross join unnest(p.ids) as u (id);
select count(*) from basepool.claim_generations('tester', 1);
select is(basepool.page_decisions() #>> '{rows,0,answer}', 'dead', 'and one when it is for another reason');
delete from public.generations;
select pg_temp.pass('2 minutes');
select count(*) from basepool.claim_generations('tester', 1);
select is(jsonb_array_length(basepool.page_decisions() -> 'rows'), 5, 'where nothing waits nothing was decided');

select throws_ok('select basepool.page_decision(0)', 'PT404', 'there is no decision 0', 'no such decision');
select throws_ok('select basepool.page_decision(null)', 'PT404', 'there is no decision null', 'none');

-- they go soon, and can be switched off
select basepool.configure('{"keep_decisions": "1 hour"}');
select pg_temp.pass('57 minutes');
select basepool._prune_history();
select is(jsonb_array_length(basepool.page_decisions() -> 'rows'), 2, 'what is older goes');
select basepool.configure('{"keep_decisions": "0"}');
select basepool.enable_token(u.id) from pool as p
cross join unnest(p.ids) as u (id);
select pg_temp.submit();
select is((select c.answer from basepool.claim_generations('tester', 1) as c), 'lease', 'claims go on');
select is(jsonb_array_length(basepool.page_decisions() -> 'rows'), 2, 'and keep nothing');
select basepool._prune_history();
select is(basepool.page_decisions() -> 'rows', '[]', 'what was kept goes as well');

select * from finish();
rollback;
