-- what follows from an answer: input errors are final and cost the token nothing, others are tried again up to their limit
begin;
select plan(11);
\ir ../../helpers.psql

select pg_temp.add_tokens(3);
select results_eq(
  $$select decision, rule, retry_at from basepool.record_rejected(pg_temp.start(1), 'http', 422
    , '{"title": "Input validation failed", "detail": "- input: prompt is required\n", "status": 422}')$$,
  $$values ('fail', 'input-invalid', null::timestamptz)$$, 'wrong input is final'
);
select results_eq(
  'select g.status, g.error_message, g.completed_at from public.generations as g',
  $$select 'failed', 'HTTP 422: Input validation failed: - input: prompt is required', basepool.now()$$, 'the user is told why'
);
select is((select sum(t.error_count) from public.replicate_tokens as t), 0::bigint, 'no token is blamed');
select results_eq(
  'select a.state, a.http_status, a.error_rule, a.decision, a.finished_at from basepool._all_attempts() as a',
  $$values ('rejected', 422, 'input-invalid', 'fail', basepool.now())$$, 'the decision and its rule are kept with the attempt'
);

-- what was refused by the platform's own trouble is repeated, a few times
update basepool.error_rules set max_retries = 5
where name = 'not-sent';
create function pg_temp.fail_to_connect(p_times integer) returns text []
language plpgsql as $$
declare
  v_attempt uuid;
  v_decisions text[] := '{}';
begin
  for v_time in 1..p_times loop
    v_attempt := (select c.attempt_id from basepool.claim_generations('tester', 1) as c);
    v_decisions := v_decisions || (select r.decision from basepool.record_rejected(v_attempt, 'transport', null, 'connect: no') as r);
    perform pg_temp.pass('10 minutes');
  end loop;
  return v_decisions;
end
$$;
select pg_temp.submit(2);
select is(
  pg_temp.fail_to_connect(4), array['retry', 'retry', 'retry', 'fail'], 'settings.max_attempts bounds what concerns the request'
);
select is(
  (select g.status from public.generations as g
where g.user_id = pg_temp.user_id(2)), 'failed', 'then it has failed'
);
select results_eq(
  $$select a.attempt_no, a.decision from basepool._all_attempts() as a
  inner join public.generations as g on g.id = a.generation_id where g.user_id = pg_temp.user_id(2) order by 1$$,
  $$values (1, 'retry 1 of 5'), (2, 'retry 2 of 5'), (3, 'retry 3 of 5'), (4, 'fail')$$, 'every try has its row and its reason'
);

-- errors of a token use up other tries than the generation's own
select basepool.configure('{"max_attempts": 1, "stuck_after": "1 day"}');
select results_eq(
  $$select decision from basepool.record_rejected(pg_temp.start(3), 'http', 401, '{"title": "Unauthenticated"}')$$,
  $$values ('retry')$$, 'a refused token is not the request''s fault'
);
select results_eq(
  $$select r.decision from basepool.claim_generations('tester', 1) as c
  cross join lateral basepool.record_rejected(c.attempt_id, 'http', 402, '{"title": "Insufficient credit"}') as r$$,
  $$values ('retry')$$, 'nor is an account without credit'
);
select results_eq(
  $$select c.attempt_no from basepool.claim_generations('tester', 1) as c$$, $$values (3)$$, 'the third has it'
);
select throws_ok(
  $$select basepool.record_rejected(a.id, 'rumour', null, '') from basepool._all_attempts() as a where a.finished_at is null$$,
  'PT400', 'p_source is ''rumour'''
);

select * from finish();
rollback;
