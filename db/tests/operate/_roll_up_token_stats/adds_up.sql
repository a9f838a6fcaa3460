-- the sum over tokens and hours is the sum of the attempts, whenever and however often it is run
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
select basepool.apply_prediction(pg_temp.start(1), pg_temp.prediction('p1', 'succeeded', null, null, 2.5), 'poll');
select basepool.apply_prediction(pg_temp.start(2), pg_temp.prediction('p2', 'failed', 'CUDA error', null, 1.5), 'poll');
select pg_temp.pass('1 hour');
select basepool.record_rejected(pg_temp.start(3), 'http', 422, '{}');
select pg_temp.start(4);
select is(basepool._roll_up_token_stats(), 4, 'two tokens, two hours');
create function pg_temp.sums() returns text
language sql as $$
  select concat_ws(' ', sum(s.leases), sum(s.succeeded), sum(s.failed), sum(s.canceled), sum(s.rejected), sum(s.open)
  , sum(s.predict_seconds)) from basepool.token_stats as s
$$;
select is(pg_temp.sums(), '4 1 1 0 1 1 4.0', 'leases, outcomes and seconds');
select is_empty(
  'select s.* from basepool.token_stats as s where s.leases <> s.succeeded + s.failed + s.canceled + s.rejected + s.open',
  'each row adds up'
);
select basepool.cancel_for_user(g.id) from public.generations as g
where g.status = 'pending';
select basepool._roll_up_token_stats() from generate_series(1, 3);
select is(pg_temp.sums(), '4 1 1 1 1 0 4.0', 'what changed is counted again, not added');
select is((select count(*) from basepool._all_attempts()), 4::bigint, 'and it is the number of attempts');

select * from finish();
rollback;
