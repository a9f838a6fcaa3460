-- a gate, a pause or a retry: whatever a generation waits for, it can be taken back
begin;
select plan(4);
\ir ../../helpers.psql

insert into basepool.models (pattern, max_in_flight) values ('acme/*', 1), ('*', null);
select pg_temp.add_tokens(1);
select pg_temp.submit(1), pg_temp.submit(2), pg_temp.submit(3, 'other/painter');
select basepool.record_rejected(c.attempt_id, 'http', 500, 'oops') from basepool.claim_generations('tester', 2) as c;
select is((select count(*) from basepool.queue as q where q.run_after is not null), 3::bigint, 'they wait for something');
select lives_ok('update public.generations set queued_at = null', 'all are taken back');
select is((select count(*) from basepool.queue), 0::bigint, 'none waits');
select is(
  (select array_agg(distinct g.status || coalesce(g.replicate_prediction_id, '')) from public.generations as g), array['pending']
  , 'each as the app had inserted it'
);

select * from finish();
rollback;
