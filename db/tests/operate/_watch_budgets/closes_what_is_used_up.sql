-- over a budget nothing is claimed until midnight, and everybody is told why; near it the status says so
begin;
select plan(23);
\ir ../../helpers.psql

select set_config('basepool.frozen_now', '2026-03-01 12:00:00+00', true);
select pg_temp.add_tokens(2);
create function pg_temp.runs(p_n integer, p_seconds numeric, p_model text default 'acme/painter') returns void
language plpgsql as $$
begin
  perform basepool.apply_prediction(
    pg_temp.start(p_n, p_model), pg_temp.prediction('p' || p_n, 'succeeded', null, '"https://x/1"', p_seconds), 'poll'
  );
  perform basepool.run_job('rollup');
end
$$;
create function pg_temp.found() returns text language sql as $$
  select string_agg(f.name || ': ' || f.says, '; ' order by f.name) from basepool._list_findings(basepool.now()) as f
  where f.name like 'budget%'
$$;
insert into basepool.models (pattern, usd_per_run, usd_per_second) values ('acme/*', 0.5, 0.1);

select pg_temp.runs(1, 10);
select results_eq(
  'select s.runs, s.seconds, s.usd from basepool.spending as s', 'values (1, 10.0::numeric, 1.5::numeric)'
  , 'what was spent is known'
);
select is(pg_temp.found(), null, 'without a budget nothing is said');
select results_eq(
  $$select b.seconds, b.usd, b.budget_seconds, b.share from basepool.list_budgets() as b where b.account = 'all'$$,
  'values (10.0::numeric, 1.5::numeric, null::numeric, null::numeric)', 'of all together'
);

-- of all
select basepool.configure('{"budget_seconds_per_day": 30}');
select is(pg_temp.found(), null, 'a third is used');
select pg_temp.runs(2, 15);
select alike(
  pg_temp.found(), 'budget: the budget of all accounts is used by 83 \%: 25 s%of today''s 30 s are spent%', 'it is near'
);
select pg_temp.submit(3);
select is((select c.answer from basepool.claim_generations('tester', 1) as c), 'lease', 'not over');
select basepool.apply_prediction(s.attempt_id, pg_temp.prediction('p3', 'succeeded', null, null, 6), 'poll')
from basepool.seats as s
where s.attempt_id is not null;
select basepool.heartbeat('w', '1', 1, 'claims', 1, 1, false);
select pg_temp.submit(4);
select results_eq(
  $$select c.answer, c.busy_until from basepool.claim_generations('tester', 1) as c$$,
  $$values ('busy', '2026-03-02 00:00:00+00'::timestamptz)$$, 'busy until midnight UTC'
);
select alike(
  (select c.reason from basepool.claim_generations('tester', 1) as c)
  , 'token %: the budget of all accounts is used up: 31 of 30 seconds, %; token %', 'with the reason'
);
select alike(
  pg_temp.found(), 'budget: the budget of all accounts is used up, nothing of it is claimed until 2026-03-02 00:00%', 'said'
);
select results_eq(
  $$select e ->> 'waits_for', (e ->> 'earliest_start')::timestamptz from public.generations as g
  cross join lateral basepool._explain_generation(g.id) as e where g.status = 'pending'$$,
  $$values ('budget', '2026-03-02 00:00:00+00'::timestamptz)$$, 'why'
);
select set_eq('select t.state from basepool.list_tokens() as t', array['spent'], 'and the list of tokens');
select basepool.configure('{"budget_seconds_per_day": 300}');
select is((select c.answer from basepool.claim_generations('tester', 1) as c), 'lease', 'a larger one counts at once');
select basepool.configure('{"budget_seconds_per_day": 30}');
select pg_temp.submit(5);
select is((select c.answer from basepool.claim_generations('tester', 1) as c), 'busy', 'and a smaller one');
select pg_temp.pass('11 hours 59 minutes');
select is((select c.answer from basepool.claim_generations('tester', 1) as c), 'busy', 'up to the last minute');
select pg_temp.pass('1 minute');
select is((select c.answer from basepool.claim_generations('tester', 1) as c), 'lease', 'a new day');
select basepool.heartbeat('w', '1', 1, 'claims', 1, 1, false);
select is(pg_temp.found(), null, 'has a budget of its own');
select is_empty('select from basepool.accounts as a where a.over_budget_until is not null', 'nothing is left of yesterday');

-- of one account, in money, and what is in flight counts
select basepool.configure('{"budget_seconds_per_day": null}');
select basepool.apply_prediction(s.attempt_id, pg_temp.prediction('x' || s.id, 'succeeded'), 'poll') from basepool.seats as s
where s.attempt_id is not null;
select is(basepool.set_budget('sim-1', '{"usd": 3}') ->> 'budget_usd', '3', 'an account has one');
insert into basepool.model_stats (model, runs, p50, p95, updated_at)
values ('acme/painter', 20, '30 seconds', '1 minute', basepool.now());
select pg_temp.submit(s.n) from generate_series(10, 13) as s (n);
select basepool.claim_generations('tester', 2);
select basepool.run_job('rollup');
select alike(
  pg_temp.found(), 'budget-%: the budget of account sim-1 is used up%3 USD%', 'half a dollar and 30 seconds are expected'
);
select set_eq(
  $$select distinct t.account || ' ' || t.state from basepool.list_tokens() as t$$, array['sim-1 spent', 'sim-2 ready']
  , 'one is closed'
);
select bag_eq(
  $$select a.username from basepool.claim_generations('tester', 2) as c inner join basepool.accounts as a on a.id = c.account_id$$,
  $$values ('sim-2'), ('sim-2')$$, 'the other one works'
);
select throws_ok($$select basepool.set_budget('nobody', '{"usd": 3}')$$, 'PT404', 'there is no account ''nobody''');
select throws_ok($$select basepool.set_budget(null, '{"usd": -3}')$$, 'PT400');

select * from finish();
rollback;
