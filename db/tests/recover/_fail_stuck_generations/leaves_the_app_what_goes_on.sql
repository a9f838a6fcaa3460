-- of what the app runs itself, a retry begins anew, a keyframe job waits for its segments, and Replicate is asked first
begin;
select plan(17);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create function pg_temp.of_the_app(
  p_name text, p_status text, p_created interval, p_started interval default null, p_prediction text default null
  , p_action text default 'create', p_group text default null, p_is_segment boolean default false
  , p_model text default 'acme/painter'
) returns void
language sql as $$
  insert into public.generations
    (user_id, action, model_id, model_name, replicate_model, prompt, status, is_keyframe_segment, settings, created_at, started_at
    , replicate_prediction_id)
  values (
    pg_temp.user_id(1), p_action, 'm', 'M', p_model, p_name, 'processing', p_is_segment
    , case when p_group is not null then jsonb_build_object('keyframe_group_id', p_group) else '{}' end
    , basepool.now() - p_created, basepool.now() - p_started, p_prediction
  );
  update public.generations set status = p_status where prompt = p_name and status <> p_status;
$$;
create function pg_temp.failed() returns text []
language sql as $$
  select array_agg(g.prompt order by g.prompt) from public.generations as g
  where g.status = 'failed' and g.error_message = 'Превышено время ожидания'
$$;

-- age
select pg_temp.of_the_app('old', 'processing', '31 minutes', '31 minutes');
select pg_temp.of_the_app('retried', 'processing', '3 days', '29 minutes');
select pg_temp.of_the_app('waiting', 'pending', '31 minutes');
select pg_temp.of_the_app('young', 'pending', '29 minutes');
select is(basepool._fail_stuck_generations(), 2, 'age counts from the last start');
select is(pg_temp.failed(), array['old', 'waiting'], 'of what the app runs');
select pg_temp.pass('2 minutes');
select is(basepool._fail_stuck_generations(), 2, 'a retry is bounded, too');
delete from public.generations;

-- keyframes
select pg_temp.of_the_app('parent', 'processing', '2 hours', '2 hours', null, 'video_keyframes', 'g1');
select pg_temp.of_the_app('segment 1', 'processing', '2 hours', '20 minutes', null, 'video_i2v', 'g1', true);
select pg_temp.of_the_app('segment 2', 'pending', '2 hours', null, null, 'video_i2v', 'g1', true);
select pg_temp.of_the_app('other parent', 'pending', '2 hours', null, null, 'video_keyframes', 'g2');
select is(basepool._fail_stuck_generations(), 1, 'who waits for a segment that runs is not stuck');
select is(pg_temp.failed(), array['other parent'], 'who has none is');
update public.generations set status = 'completed', completed_at = basepool.now()
where prompt = 'segment 1';
select pg_temp.pass('29 minutes');
select is(basepool._fail_stuck_generations(), 0, 'the next is about to begin');
select pg_temp.pass('2 minutes');
select is(basepool._fail_stuck_generations(), 2, 'not for ever');
select pg_temp.of_the_app('parent 3', 'processing', '2 hours', null, null, 'video_keyframes', 'g3');
select pg_temp.of_the_app('segment 3', 'processing', '2 hours', '40 minutes', null, 'video_i2v', 'g3', true);
select is(basepool._fail_stuck_generations(), 1, 'a segment that runs is judged by itself');
select is(basepool._fail_stuck_generations(), 1, 'and its parent with it');
delete from public.generations;

-- predictions
select pg_temp.of_the_app('known', 'processing', '5 hours', '31 minutes', '4x9k2m7q8w3e5r6t1y0u2i3o4p');
select pg_temp.of_the_app('fal', 'processing', '31 minutes', null, '5x9k2m7q8w3e5r6t1y0u2i3o4p', p_model => 'fal-ai/flux');
select pg_temp.of_the_app('google', 'processing', '31 minutes', null, 'google-1', p_model => 'google/nano-banana');
select is(basepool._fail_stuck_generations(), 2, 'other providers'' by age alone');
select is(pg_temp.failed(), array['fal', 'google'], 'nobody here knows them');
select results_eq(
  $$select prediction_id, token from basepool.claim_app_checks(9)$$
  , $$values ('4x9k2m7q8w3e5r6t1y0u2i3o4p', 'r8_token_number_1')$$, 'the other is asked about'
);
select pg_temp.pass('9 minutes 59 seconds');
select is(basepool._fail_stuck_generations(), 0, 'for the grace time');
select pg_temp.pass('1 second');
select is(basepool._fail_stuck_generations(), 1, 'which ends, however long ago it was made');
delete from public.generations;

select pg_temp.of_the_app('retried', 'processing', '5 hours', '31 minutes', '6x9k2m7q8w3e5r6t1y0u2i3o4p');
select basepool._fail_stuck_generations();
update public.generations set replicate_prediction_id = '7x9k2m7q8w3e5r6t1y0u2i3o4p', started_at = basepool.now();
select basepool._fail_stuck_generations();
select is_empty('select from basepool.app_checks', 'the app has tried again: nobody asks for what was before');
delete from public.replicate_tokens;
update public.generations set started_at = basepool.now() - interval '31 minutes';
select is(basepool._fail_stuck_generations(), 1, 'without a token nobody can be asked');
select is(pg_temp.failed(), array['retried'], 'so age decides');

select * from finish();
rollback;
