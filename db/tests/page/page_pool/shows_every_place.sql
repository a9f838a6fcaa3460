-- every place with who sits there, what an account may still ask for, and the round in the order of the leases
begin;
select plan(15);
\ir ../../helpers.psql

select is(basepool.page_pool() - 'at', '{"accounts": [], "leases": []}'::jsonb, 'no token');
select pg_temp.add_tokens(3, 2);
select pg_temp.submit_many(8);
create temporary table sent (n integer, attempt_id uuid, generation_id uuid);
do $$ begin
  for v_n in 1..4 loop
    perform pg_temp.pass('1 second');
    insert into sent select v_n, c.attempt_id, c.generation_id from basepool.claim_generations('tester', 1) as c;
  end loop;
end $$;
select is((select count(*) from sent), 4::bigint, 'four claims');
select basepool.record_rejected(s.attempt_id, 'http', 422, 'no') from sent as s
where s.n = 1;
select basepool.record_submitted(s.attempt_id, pg_temp.prediction('p2', 'starting')) from sent as s
where s.n = 2;
create temporary table page as select basepool.page_pool() as shown;
select is(jsonb_array_length(p.shown -> 'accounts'), 3, 'an account each') from page as p;
select results_eq(
  $$select (l.row ->> 'generation_id')::uuid, l.row ->> 'state'
  from page as p cross join lateral jsonb_array_elements(p.shown -> 'leases') with ordinality as l (row, n) order by l.n$$,
  $$select s.generation_id, (array['rejected', 'running', 'submitting', 'submitting'])[s.n] from sent as s order by s.n$$,
  'the round, the first first'
);
select is(
  (
    select count(distinct l.row ->> 'token_id') from page as p
cross join lateral jsonb_array_elements(p.shown -> 'leases') with ordinality as l (row, n)
    where l.n <= 3
  ), 3::bigint, 'each token had its turn'
);
select results_eq(
  $$select (s.row ->> 'seat_id')::integer, s.row ->> 'state', (s.row ->> 'generation_id')::uuid
  from page as p
  cross join lateral jsonb_array_elements(p.shown -> 'accounts') as a (row)
  cross join lateral jsonb_array_elements(a.row -> 'tokens') as t (row)
  cross join lateral jsonb_array_elements(t.row -> 'seats') as s (row)
  order by 1$$,
  $$select s.id, case when s.attempt_id is null then 'free' else s.state end
  , case when s.attempt_id is not null then s.generation_id end
  from basepool.seats as s order by 1$$,
  'every place'
);
select is(p.shown #>> '{accounts,0,credit}', 'ok', 'its credit') from page as p;
select is(p.shown #>> '{accounts,0,username}', 'sim-1', 'its name') from page as p;
select is((p.shown #>> '{accounts,0,creates_per_minute}')::integer, 600, 'its limit') from page as p;
select cmp_ok(
  (p.shown #>> '{accounts,0,permits_left}')::integer, '<=', (p.shown #>> '{accounts,0,permits_most}')::integer, 'what is left of it'
) from page as p;
select is(
  (select sum((a.row ->> 'in_flight')::integer) from page as p
cross join lateral jsonb_array_elements(p.shown -> 'accounts') as a (row)), 3::bigint, 'in flight'
);
select ok(strpos(basepool.page_pool()::text, 'r8_') = 0, 'no secret');
select basepool.record_rejected(s.attempt_id, 'http', 402, e'pay\u202E') from sent as s
where s.n = 3;
select is(
  (
    select count(*) from jsonb_array_elements(basepool.page_pool() -> 'accounts') as a (row)
    where a.row ->> 'credit' = 'none' and a.row ->> 'cooldown_until' is not null and a.row #>> '{tokens,0,last_error}' like '%pay?%'
  ), 1::bigint, 'who has no credit, and until when it rests'
);

-- of a pool that no screen can show, those that are taken come first
select basepool.limit_token(t.id, 1000) from public.replicate_tokens as t;
select basepool.add_token('r8_another_token_' || s.n, 'other-' || s.n, 'user', null, 1000) from generate_series(1, 7) as s (n);
update page set shown = basepool.page_pool();
select is(
  (
    select max(jsonb_array_length(t.row -> 'seats')) from page as p
    cross join lateral jsonb_array_elements(p.shown -> 'accounts') as a (row)
    cross join lateral jsonb_array_elements(a.row -> 'tokens') as t (row)
  ), 500, 'some of each'
);
select is(
  (
    select count(*) from page as p
    cross join lateral jsonb_array_elements(p.shown -> 'accounts') as a (row)
    cross join lateral jsonb_array_elements(a.row -> 'tokens') as t (row)
    cross join lateral jsonb_array_elements(t.row -> 'seats') as s (row)
    where s.row ->> 'state' <> 'free'
  ), (select count(*) from basepool.seats as s
where s.attempt_id is not null), 'and all that are taken'
);

select * from finish();
rollback;
