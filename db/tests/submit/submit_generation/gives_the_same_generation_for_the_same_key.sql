-- an idempotency key makes a repeated submit harmless, at the limit too; it belongs to one user and one input
begin;
select plan(7);
\ir ../../helpers.psql

create temporary table first_one as
select public.submit_generation('acme/painter', '{"n": 1}', p_user_id => pg_temp.user_id(1), p_idempotency_key => 'k') as id;

select is(
  public.submit_generation('acme/painter', '{"n": 1}', p_user_id => pg_temp.user_id(1), p_idempotency_key => 'k'),
  (select f.id from first_one as f), 'the same key gives the same id'
);
select is((select count(*) from public.generations), 1::bigint, 'and there is one generation');
select throws_ok(
  $$select public.submit_generation('acme/painter', '{"n": 2}', p_user_id => pg_temp.user_id(1), p_idempotency_key => 'k')$$,
  'PT409', 'this idempotency key was used for another input'
);
select isnt(
  public.submit_generation('acme/painter', '{"n": 2}', p_user_id => pg_temp.user_id(2), p_idempotency_key => 'k'),
  (select f.id from first_one as f), 'the key of another user is another key'
);
select lives_ok('select pg_temp.submit(1) from generate_series(1, 4)', 'up to the limit');
select throws_ok('select pg_temp.submit(1)', 'PT429', '5 of 5 generations are active');
select is(
  public.submit_generation('acme/painter', '{"n": 1}', p_user_id => pg_temp.user_id(1), p_idempotency_key => 'k'),
  (select f.id from first_one as f), 'a repeat is answered at the limit too'
);

select * from finish();
rollback;
