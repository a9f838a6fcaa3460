-- a keyframe job goes on while a segment runs, or has begun or been completed lately
begin;
select plan(8);
\ir ../../helpers.psql

create function pg_temp.segment(
  p_status text, p_created interval, p_started interval default null, p_completed interval default null, p_group text default 'g1'
) returns void
language sql as $$
  delete from public.generations;
  insert into public.generations
    (user_id, action, model_id, model_name, replicate_model, status, is_keyframe_segment, settings, created_at, started_at
    , completed_at, replicate_prediction_id)
  values (
    pg_temp.user_id(1), 'video_i2v', 'm', 'M', 'acme/painter', p_status, true, jsonb_build_object('keyframe_group_id', p_group)
    , basepool.now() - p_created, basepool.now() - p_started, basepool.now() - p_completed, 'x'
  )
$$;
create function pg_temp.goes_on(p_group text default 'g1', p_n integer default 1) returns boolean
language sql as $$
  select basepool._keyframes_go_on(
    pg_temp.user_id(p_n), p_group, basepool.now() - interval '2 hours', basepool.now() - interval '30 minutes'
  )
$$;

select pg_temp.segment('processing', '2 hours', '1 hour');
select ok(pg_temp.goes_on(), 'one that runs, however long: it is judged by itself');
select ok(not pg_temp.goes_on('g2'), 'not of another job');
select ok(not pg_temp.goes_on(p_n => 2), 'nor of another user');
select ok(not pg_temp.goes_on(null), 'nor of none');
select pg_temp.segment('pending', '2 hours');
select ok(not pg_temp.goes_on(), 'not one that waits');
select pg_temp.segment('completed', '2 hours', '1 hour', '29 minutes');
select ok(pg_temp.goes_on(), 'one that was completed lately: the next is about to begin');
select pg_temp.segment('completed', '2 hours', '1 hour', '31 minutes');
select ok(not pg_temp.goes_on(), 'not long ago');
select pg_temp.segment('failed', '2 hours', '1 hour', '1 minute');
select ok(not pg_temp.goes_on(), 'nor one that has failed');

select * from finish();
rollback;
