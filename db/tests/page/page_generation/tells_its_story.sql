-- from the queue to the store: attempts with rule and decision, webhooks, refused ones too, files, and nothing that is private
begin;
select plan(24);
\ir ../../helpers.psql
\ir ../../keep/outputs.psql

select basepool.configure('{"keep_outputs": true}');
select pg_temp.add_tokens(2);
create temporary table own as select pg_temp.submit(1) as id;
update public.generations set
  prompt = 'my secret wish', replicate_input = '{"prompt": "my secret wish", "image": "https://h/x.png?sig=private"}'
  , idempotency_key = e'k\u202E1';
create function pg_temp.page() returns jsonb
language sql as $$
  select basepool.page_generation(o.id) from own as o
$$;

select results_eq(
  $$select e.row ->> 'kind' from jsonb_array_elements(pg_temp.page() -> 'timeline') with ordinality as e (row, n) order by e.n$$,
  array['created', 'queued'], 'it was queued'
);
select is(pg_temp.page() #>> '{why,waits_for}', 'worker', 'it waits for a worker');
select is(pg_temp.page() #>> '{why,says}', pg_temp.page() #>> '{why,reason}', 'why, in a line');
select is((pg_temp.page() #>> '{why,earliest_at}')::timestamptz, basepool.now(), 'until when, at least');
select is(pg_temp.page() #>> '{generation,idempotency_key}', 'k?1', 'a key turns nothing round');

select pg_temp.pass('1 second');
select basepool.record_rejected(c.attempt_id, 'transport', null, e'connect:\trefused')
from basepool.claim_generations('tester', 1) as c;
select is(
  (pg_temp.page() #>> '{why,earliest_at}')::timestamptz, (select q.run_after from basepool.queue as q), 'a retry, and when'
);
select results_eq(
  $$select e.row ->> 'kind' from jsonb_array_elements(pg_temp.page() -> 'timeline') with ordinality as e (row, n) order by e.n$$,
  array['created', 'queued', 'leased', 'attempt rejected', 'queued'], 'it is queued again'
);
select pg_temp.pass('1 minute');
create temporary table sent as select c.attempt_id as id from basepool.claim_generations('tester', 1) as c;
select basepool.record_submitted(s.id, pg_temp.prediction('p1', 'starting')) from sent as s;
select pg_temp.pass('2 seconds');
select basepool.record_webhook_refused(s.id, 'msg_0', e'bad signature\u202E') from sent as s;
select basepool.apply_prediction(s.id, pg_temp.prediction('p1', 'processing'), 'webhook', 'msg_1') from sent as s;
select pg_temp.pass('20 seconds');
select basepool.apply_prediction(
  s.id, pg_temp.prediction('p1', 'succeeded', null, '["https://replicate.delivery/o.webp?sig=private"]', 12.5), 'webhook', 'msg_2'
) from sent as s;
-- what is somebody else's
select basepool.record_webhook_refused(gen_random_uuid(), 'msg_9', 'bad signature');
create temporary table story as select pg_temp.page() as page;
select results_eq(
  $$select e.row ->> 'kind', e.row ->> 'rule', (e.row ->> 'attempt_no')::integer
  from story as s cross join lateral jsonb_array_elements(s.page -> 'timeline') with ordinality as e (row, n) order by e.n$$,
  $$values
  ('created', null, null::integer), ('queued', null, 1), ('leased', null, 1), ('attempt rejected', 'not-sent', 1), ('queued', null, 2)
  , ('leased', null, 2), ('submitted', null, 2), ('webhook refused', null, 2), ('webhook', null, 2), ('webhook', null, 2)
  , ('attempt succeeded', null, 2), ('completed', null, null), ('settled', null, null)$$,
  'all that happened, in order'
);
select is(
  (
    select e.row ->> 'says' from story as s
cross join lateral jsonb_array_elements(s.page -> 'timeline') as e (row)
    where e.row ->> 'kind' = 'attempt rejected'
  ), 'attempt 1 rejected: connect: refused; retry 1', 'what was said, and what followed'
);
select results_eq(
  $$select w.row ->> 'webhook_id', w.row ->> 'outcome', (w.row ->> 'refused')::boolean
  from story as s cross join lateral jsonb_array_elements(s.page -> 'webhooks') with ordinality as w (row, n) order by w.n$$,
  $$values ('msg_0', 'refused: bad signature?', true), ('msg_1', 'applied', false), ('msg_2', 'applied', false)$$,
  'its webhooks, and no other'
);
select results_eq(
  $$select (a.row ->> 'attempt_no')::integer, a.row ->> 'state', a.row ->> 'rule', a.row ->> 'decision', a.row ->> 'error'
  from story as s cross join lateral jsonb_array_elements(s.page -> 'attempts') with ordinality as a (row, n) order by a.n$$,
  $$values (1, 'rejected', 'not-sent', 'retry 1', 'connect: refused'), (2, 'succeeded', null, null, null)$$,
  'its attempts'
);
select is(
  s.page #> '{files,0}' @> '{"nth": 1, "state": "waiting", "url": "https://replicate.delivery/o.webp"}', true, 'its file'
) from story as s;
select ok(s.page::text !~ 'sig=|wish', 'neither what was asked for nor what a link carries') from story as s;
select is(s.page -> 'retried_as', 'null'::jsonb, 'it is not retried') from story as s;

select pg_temp.claim();
select pg_temp.pass('1 second');
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id))) from own as o;
select is(
  pg_temp.page() #> '{files,0}' @> '{"state": "stored", "kind": "image/webp", "size": 1234, "width": 512, "height": 768}', true
  , 'it is stored'
);
select matches(pg_temp.page() #>> '{files,0,thumb_url}', '^https://cdn.example.com/[^?]+$', 'and may be looked at');
select is(pg_temp.page() #>> '{timeline,-1,kind}', 'stored', 'which comes last');

-- one that ends badly, and runs again
select pg_temp.submit(2);
select basepool.record_rejected(c.attempt_id, 'http', 422, 'no') from basepool.claim_generations('tester', 1) as c;
create temporary table bad as select g.id from public.generations as g
where g.user_id = pg_temp.user_id(2);
select is(
  basepool.page_generation(b.id) #> '{timeline,-2}' @> '{"kind": "failed"}', true, 'it failed'
) from bad as b;
select count(*) from bad as b
cross join lateral basepool.retry_generations(array[b.id]);
select is(
  basepool.page_generation(b.id) ->> 'retried_as', (select g.id::text from public.generations as g
where g.retry_of = b.id), 'as which it runs again'
) from bad as b;
select is(
  basepool.page_generation(g.id) ->> 'retried_from', b.id::text, 'and of which that is a retry'
) from bad as b
inner join public.generations as g on b.id = g.retry_of;

-- the app's own
insert into public.generations
(user_id, action, model_id, model_name, replicate_model, status, output_urls, output_thumbs, queued_at)
values (
  pg_temp.user_id(3), 'create', 'm', 'M', 'acme/painter', 'completed'
  , array['https://u:p@h/1.png?k=private', 'data:image/png;base64,AA']
  , array['https://h/t.png#private'], null
);
select is(
  (
    select basepool.page_generation(g.id) -> 'files' from public.generations as g
    where g.user_id = pg_temp.user_id(3)
  ),
  '[{"nth": 1, "kind": null, "state": "not kept", "url": "https://h/1.png", "thumb_url": "https://h/t.png"}
  , {"nth": 2, "kind": null, "state": "not kept", "url": "data:image/png,…", "thumb_url": null}]'::jsonb,
  'what nothing keeps has its links'
);
select is(
  (select basepool.page_generation(g.id) #>> '{generation,is_ours}' from public.generations as g
where g.user_id = pg_temp.user_id(3)), 'false', 'it is the app''s'
);
select throws_ok('select basepool.page_generation(null)', 'PT404', 'there is no generation null');
select throws_ok(
  format('select basepool.page_generation(%L)', pg_temp.user_id(9)), 'PT404', 'there is no generation ' || pg_temp.user_id(9)
);

select * from finish();
rollback;
