-- the app's hook fails: the seat is free as soon as Replicate has ended, nothing is ended without the hook, and all says TP024
begin;
select plan(23);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 4);
create table public.heard (generation uuid, outcome text);
create function public.on_generation_settled(p_generation uuid, p_outcome text) returns void
language plpgsql set search_path = '' as $$
begin
  raise exception 'relation "public.users" does not exist';
end
$$;
create function pg_temp.why(p_generation uuid) returns jsonb language sql as $$
  select basepool._explain_generation(p_generation)
$$;
create temporary table attempt as
select
  s.n,
  c.attempt_id as id,
  c.generation_id
from generate_series(1, 4) as s (n)
cross join lateral (select pg_temp.submit(s.n) as id) as g
cross join lateral basepool.claim_generations('tester', case when g.id is not null then 1 end) as c;
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'starting')) from attempt as a;

-- by set and by one, a success, a failure, and an answer that is final
select results_eq(
  $$select p.outcome, p.error from basepool.apply_predictions((
    select jsonb_agg(jsonb_build_object('attempt', a.id, 'source', 'webhook', 'webhook_id', 'm' || a.n
    , 'prediction', pg_temp.prediction('p' || a.n, 'succeeded', null, '"https://x/1.png"')))
    from attempt as a where a.n <= 2
  )) as p$$,
  $$values ('applied', null::jsonb), ('applied', null)$$, 'a webhook is heard'
);
select is(
  (select p.outcome from basepool.apply_predictions(jsonb_build_array(jsonb_build_object(
    'attempt', (select a.id from attempt as a
where a.n = 3), 'source', 'poll'
    , 'prediction', pg_temp.prediction('p3', 'failed', 'flagged as sensitive (E005)')
  ))) as p), 'applied', 'a failure, too'
);
select is((select count(*) from basepool.seats as s
where s.attempt_id is not null), 1::bigint, 'their seats are free');
select is(
  (select string_agg(a.state, ' ' order by a.state) from basepool.attempts as a),
  'failed succeeded succeeded',
  'and they are history'
);
select is((select pg_temp.status(a.generation_id) from attempt as a
where a.n = 1), 'processing', 'nothing ended without the hook');
select is((select pg_temp.why(a.generation_id) ->> 'waits_for' from attempt as a
where a.n = 1), 'hook', 'why: the hook');
select is(
  (select pg_temp.why(a.generation_id) ->> 'reason' from attempt as a
where a.n = 1)
  , 'Replicate has ended it (completed), and it can''t be settled (TP024): the app''s own function fails', 'in words'
);
select is(
  (select pg_temp.why(a.generation_id) ->> 'error' from attempt as a
where a.n = 1)
  , 'public.on_generation_settled failed: relation "public.users" does not exist', 'with its text'
);
select is(basepool.get_status() #>> '{generations,unsettled}', '3', 'status counts them');
select matches(
  (select f.says from basepool._list_findings(basepool.now()) as f
where f.name = 'unsettled')
  , '^TP024: 3 generations .*: public.on_generation_settled failed: relation', 'and says why'
);
select is(
  (select p.outcome from basepool.apply_predictions(jsonb_build_array(jsonb_build_object(
    'attempt', (select a.id from attempt as a
where a.n = 1), 'source', 'webhook', 'webhook_id', 'm9'
    , 'prediction', pg_temp.prediction('p1', 'succeeded')
  ))) as p), 'unchanged', 'it may be told twice'
);
select is(current_setting('basepool.unsettled_because', true), '', 'nothing of it stays');
select pg_temp.sign_in(1);
select is(
  (select count(*) from public.generations as g
where public.explain_generation(g.id) ? 'error'),
  0::bigint,
  'users hear no error text'
);
select pg_temp.sign_out();

-- nobody else ends them meanwhile, and they are tried again
select is(basepool.settle_again(), 0, 'not at once');
select pg_temp.pass('41 minutes');
select basepool._fail_stuck_generations();
select is((select count(*) from basepool.unsettled), 3::bigint, 'the cleanup leaves them: how they end is known');
select is(basepool.settle_again(), 0, 'again in vain');
select is((select min(u.tries) from basepool.unsettled as u), 1, 'that is counted');
create or replace function public.on_generation_settled(p_generation uuid, p_outcome text) returns void
language sql set search_path = '' as $$
  insert into public.heard values (p_generation, p_outcome)
$$;
delete from public.generations as g using attempt as a
where g.id = a.generation_id and a.n = 2;
select is(basepool.settle_again(), 0, 'there is a pause');
select pg_temp.pass('5 seconds');
select is(basepool.settle_again(), 2, 'the hook works again');
select results_eq(
  'select h.outcome, g.status, g.output_urls from public.heard as h inner join public.generations as g on g.id = h.generation
  order by 1',
  $$values ('completed', 'completed', array['https://x/1.png']), ('failed', 'failed', null)$$, 'each ended as it was to, once'
);
select is_empty('select from basepool.unsettled', 'nothing is left, nor of one that was deleted');
select is(basepool.settle_again(), 0, 'nothing to do');
select is(
  (select count(*) from basepool._list_findings(basepool.now()) as f
where f.name = 'unsettled'), 0::bigint, 'nothing to say'
);

select * from finish();
rollback;
