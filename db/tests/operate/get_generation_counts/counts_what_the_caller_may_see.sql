-- the app's four numbers; row level security applies, whoever's id is passed
begin;
select plan(4);
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
insert into public.generations
(user_id, action, model_id, model_name, replicate_model, status, is_keyframe_segment, is_favorite)
select
  pg_temp.user_id(3),
  'video_i2v',
  'm',
  'M',
  'acme/painter',
  s.status,
  s.is_segment,
  true
from (
  values
  ('processing', true), ('failed', true), ('processing', false), ('queued', false), ('failed', null)
) as s (status, is_segment);
select results_eq(
  'select all_count, processing_count, favorites_count, failed_count from public.get_generation_counts(pg_temp.user_id(3))',
  $$values (3::bigint, 1::bigint, 3::bigint, 1::bigint)$$, 'without segments, and what the app calls queued is in all only'
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
