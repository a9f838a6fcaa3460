-- a retry, a gate or a pause: whatever a generation waits for, it can be taken back
begin;
select plan(4);
\ir ../../helpers.psql

insert into basepool.models (pattern, max_in_flight) values ('acme/*', 1), ('*', null);
select pg_temp.add_tokens(1);
select
pg_temp.submit(1),
pg_temp.submit(2);
select basepool.record_rejected(c.attempt_id, 'transport', null, 'connect: no') from basepool.claim_generations('tester', 1) as c;
select
pg_temp.submit(3, 'other/painter'),
pg_temp.submit(4);
select basepool.pause('model', 'other/painter');
select basepool.claim_generations('tester', 9);
select is((select count(*) from basepool.queue as q
where q.run_after is not null), 3::bigint, 'they wait for something');
select lives_ok('update public.generations set queued_at = null where user_id <> pg_temp.user_id(2)', 'all are taken back');
select is((select count(*) from basepool.queue), 0::bigint, 'none waits');
select is(
  (select array_agg(distinct g.status || coalesce(g.replicate_prediction_id, '')) from public.generations as g
where g.user_id <> pg_temp.user_id(2)), array['pending']
  , 'each as the app had inserted it'
);

select * from finish();
rollback;
