-- every tab has what belongs there, page by page, each once, and filters let through what they say
begin;
select plan(27);
\ir ../../helpers.psql

-- user 1 failed, 2 is tried again, 3 is completed, 4 was cancelled, 5 is being sent, 6 and 7 wait
select pg_temp.add_tokens(2, 3);
select pg_temp.submit_many(4);
select pg_temp.submit(5, 'acme/painter:' || repeat('a', 64));
create temporary table sent as select
c.*,
g.user_id
from basepool.claim_generations('tester', 5) as c
inner join public.generations as g on c.generation_id = g.id;
create function pg_temp.attempt(p_n integer) returns uuid
language sql as $$
  select s.attempt_id from sent as s where s.user_id = pg_temp.user_id(p_n)
$$;
select pg_temp.pass('1 second');
select pg_temp.submit_many(2, 6);
select basepool.record_rejected(pg_temp.attempt(1), 'http', 422, 'bad input');
select pg_temp.pass('1 second');
select basepool.record_rejected(pg_temp.attempt(2), 'transport', null, 'connect: refused');
select basepool.record_submitted(pg_temp.attempt(3), pg_temp.prediction('p3', 'starting'));
select basepool.apply_prediction(pg_temp.attempt(3), pg_temp.prediction('p3', 'succeeded', null, '["https://h/o.png"]'), 'poll');
select pg_temp.pass('1 second');
select basepool.record_submitted(pg_temp.attempt(4), pg_temp.prediction('p4', 'starting'));
grant select on sent to authenticated;
select pg_temp.sign_in(4);
select public.cancel_generation(s.generation_id) from sent as s
where s.user_id = auth.uid();
select pg_temp.sign_out();
update public.generations set created_at = basepool.now() - (10 - right(user_id::text, 1)::integer) * interval '1 minute';

-- the users of all pages, in their order
create function pg_temp.list(p_filter jsonb, p_limit integer default 1) returns text
language plpgsql as $$
declare
  v_cursor text;
  v_page jsonb;
  v_users text := '';
begin
  for v_try in 1..20 loop
    v_page := basepool.page_generations(p_filter, v_cursor, p_limit);
    v_users := v_users || (
      select coalesce(string_agg(right(r.row ->> 'user_id', 1), '' order by r.n), '')
      from jsonb_array_elements(v_page -> 'rows') with ordinality as r (row, n)
    );
    v_cursor := v_page ->> 'next';
    exit when v_cursor is null;
  end loop;
  return v_users;
end
$$;
create function pg_temp.first(p_filter jsonb) returns jsonb
language sql as $$
  select basepool.page_generations(p_filter) -> 'rows' -> 0
$$;

select is(pg_temp.list('{"tab": "waiting"}'), '267', 'what waits, the oldest first');
select is(pg_temp.list('{}'), '267', 'which is what comes without a tab');
select is(pg_temp.list(null), '267', 'or without a filter');
select is(pg_temp.list('{"tab": "in_flight"}'), '5', 'in flight');
select is(pg_temp.list('{"tab": "failed"}'), '1', 'failed');
select is(pg_temp.list('{"tab": "cancelled"}'), '4', 'cancelled');
select is(pg_temp.list('{"tab": "completed"}'), '3', 'completed');
select set_eq(
  $$select regexp_split_to_table(pg_temp.list('{"tab": "attempts"}'), '')$$, array['1', '2', '3', '4'], 'every attempt that is over'
);
select is(pg_temp.list('{"tab": "attempts"}', 100), pg_temp.list('{"tab": "attempts"}', 2), 'whatever the size of a page');
select is(
  pg_temp.first('{"tab": "failed"}') - array['id', 'user_id', 'created_at', 'queued_at', 'ended_at', 'attempt_id', 'token_id'],
  '{"rule": "input-invalid", "error": "HTTP 422: bad input", "model": "acme/painter", "state": "rejected", "status": "failed"
  , "worker": "tester", "attempt_no": 1, "started_at": null, "run_after": null}'::jsonb,
  'a row says what was last'
);
select is(
  pg_temp.first('{"tab": "waiting"}') - array['id', 'user_id', 'created_at', 'queued_at', 'attempt_id', 'token_id', 'run_after'],
  '{"rule": "not-sent", "error": "connect: refused", "model": "acme/painter", "state": "retry", "status": "pending"
  , "worker": "tester", "attempt_no": 1, "started_at": null, "ended_at": null}'::jsonb,
  'and what waits, why'
);
select cmp_ok((pg_temp.first('{"tab": "waiting"}') ->> 'run_after')::timestamptz, '>', basepool.now(), 'and until when');
select is(pg_temp.first('{"tab": "in_flight"}') ->> 'state', 'submitting', 'of what is in flight its state');
select is(
  basepool.page_generations() -> 'tabs',
  '{"waiting": {"count": 3, "capped": false}, "in_flight": {"count": 1, "capped": false}, "failed": {"count": 1, "capped": false}
  , "cancelled": {"count": 1, "capped": false}, "completed": {"count": 1, "capped": false}
  , "attempts": {"count": 4, "capped": false}}'::jsonb,
  'each tab says how many it has'
);

-- filters
select is(pg_temp.list(f.filter), f.users, f.filter::text)
from (
  values
  (jsonb_build_object('tab', 'waiting', 'user_id', pg_temp.user_id(6)), '6'),
  (jsonb_build_object('tab', 'attempts', 'user_id', pg_temp.user_id(2)), '2'),
  (jsonb_build_object('tab', 'completed', 'user_id', upper(pg_temp.user_id(3)::text)), '3'),
  (jsonb_build_object('tab', 'failed', 'user_id', pg_temp.user_id(3)), ''),
  ('{"tab": "in_flight", "model": "acme/painter"}', '5'),
  ('{"tab": "failed", "model": "acme"}', ''),
  ('{"tab": "failed", "rule": "input-invalid", "worker": "tester", "model": ""}', '1'),
  ('{"tab": "failed", "rule": "throttled"}', ''),
  ('{"tab": "waiting", "rule": "not-sent"}', '2'),
  (jsonb_build_object('tab', 'waiting', 'since', basepool.now() - interval '5 minutes'), '67'),
  (jsonb_build_object('tab', 'waiting', 'until', basepool.now() - interval '200 seconds', 'since', null), '26'),
  (jsonb_build_object('tab', 'attempts', 'token_id', '999'), '')
) as f (filter, users);
select is(
  (
    select count(*) from public.replicate_tokens as t
    cross join lateral jsonb_array_elements(
      basepool.page_generations(jsonb_build_object('tab', 'attempts', 'token_id', t.id)) -> 'rows'
    ) as r (row)
    where (r.row ->> 'token_id')::integer = t.id
  ), 4::bigint, 'each attempt is one token''s'
);

select * from finish();
rollback;
