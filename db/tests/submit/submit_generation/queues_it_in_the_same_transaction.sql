-- a submit leaves a pending generation and its queue row, and tells who listens
begin;
select plan(7);
\ir ../../helpers.psql

select isnt(pg_temp.submit(1), null, 'an id comes back');
select results_eq(
  'select user_id, status, replicate_model, prompt, action, model_id, model_name from public.generations',
  $$values (pg_temp.user_id(1), 'pending', 'acme/painter', 'a cat', 'create', 'acme/painter', 'acme/painter')$$,
  'the generation is pending'
);
select is((select g.replicate_input from public.generations as g), '{"prompt": "a cat"}'::jsonb, 'with what will be sent');
select results_eq(
  'select q.generation_id, q.user_id, q.run_after from basepool.queue as q',
  'select g.id, g.user_id, null::timestamptz from public.generations as g',
  'and waits on the queue'
);

select lives_ok(
  $$select public.submit_generation(
    'acme/painter', '{"prompt": "x", "n": 2}', 'video_create', 'y', '{"a": 1}',
    p_user_id => pg_temp.user_id(2), p_model_id => 'm', p_model_name => 'M'
  )$$,
  'everything may be given'
);
select results_eq(
  'select action, prompt, settings, model_id, model_name from public.generations where user_id = pg_temp.user_id(2)',
  $$values ('video_create', 'y', '{"a": 1}'::jsonb, 'm', 'M')$$,
  'and is kept'
);
select is((select count(*) from basepool.queue), 2::bigint, 'both wait');

select * from finish();
rollback;
