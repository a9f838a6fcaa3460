-- the app's four numbers; row level security applies, whoever's id is passed
begin;
select plan(3);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.record_rejected(pg_temp.start(1), 'http', 422, '{}');
select basepool.apply_prediction(pg_temp.start(1), pg_temp.prediction('p', 'succeeded'), 'poll');
select pg_temp.submit(1);
select pg_temp.start(1);
select pg_temp.submit(2);
update public.generations set is_favorite = true
where status = 'completed';
select results_eq(
  'select all_count, processing_count, favorites_count, failed_count from public.get_generation_counts(pg_temp.user_id(1))',
  $$values (4::bigint, 2::bigint, 1::bigint, 1::bigint)$$, 'all, active, favorites, failed'
);
select pg_temp.sign_in(2);
select results_eq(
  $$select all_count, processing_count from public.get_generation_counts('00000000-0000-4000-8000-000000000002')$$,
  $$values (1::bigint, 1::bigint)$$, 'his own'
);
select results_eq(
  $$select all_count from public.get_generation_counts('00000000-0000-4000-8000-000000000001')$$, $$values (0::bigint)$$,
  'not another''s'
);
select pg_temp.sign_out();

select * from finish();
rollback;
