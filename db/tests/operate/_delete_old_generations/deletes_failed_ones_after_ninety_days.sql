-- failed and cancelled ones only, after their time, in batches; what was paid for them stays known
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.record_rejected(pg_temp.start(1), 'http', 422, '{}');
select basepool.apply_prediction(pg_temp.start(2), pg_temp.prediction('p2', 'succeeded'), 'poll');
select basepool.cancel_for_user(pg_temp.submit(3));
select pg_temp.pass('89 days');
select is(basepool._delete_old_generations(), '{"deleted_generations": 0}'::jsonb, 'not before');
select pg_temp.pass('1 day 1 minute');
select is(basepool._delete_old_generations(1), '{"deleted_generations": 1}'::jsonb, 'no more than a batch');
select is(basepool._delete_old_generations(), '{"deleted_generations": 1}'::jsonb, 'then the rest');
select results_eq('select g.status from public.generations as g', $$values ('completed')$$, 'what was completed stays');
select is((select count(*) from basepool._all_attempts()), 2::bigint, 'and so do all attempts');

select * from finish();
rollback;
