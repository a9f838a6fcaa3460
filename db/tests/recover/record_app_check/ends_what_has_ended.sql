-- the answer ends the app's generation: with its output, with its error, or with the review's message where nobody has it
begin;
select plan(13);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create function pg_temp.answer(
  p_status text, p_error text default null, p_output jsonb default null, p_http integer default null, p_id text default null
) returns text
language plpgsql as $$
declare
  v_id constant text := replace(gen_random_uuid()::text, '-', '');
  v_generation uuid;
begin
  delete from public.generations;
  insert into public.generations
    (user_id, action, model_id, model_name, replicate_model, status, created_at, replicate_prediction_id)
  values (
    pg_temp.user_id(1), 'create', 'm', 'M', 'acme/painter', 'processing', basepool.now() - interval '1 hour', v_id
  )
  returning id into v_generation;
  perform basepool._fail_stuck_generations();
  return (
    select basepool.record_app_check(
      c.generation_id, c.account_id, p_http
      , case when p_status is not null then pg_temp.prediction(coalesce(p_id, v_id), p_status, p_error, p_output) end
    )
    from basepool.claim_app_checks(9) as c
  );
end
$$;

select is(pg_temp.answer('succeeded', p_output => '["https://x/1.png", "https://x/2.png"]'), 'completed', 'a success');
select results_eq(
  $$select g.status, g.output_urls, g.error_message, g.completed_at, g.replicate_output ->> 'id' = g.replicate_prediction_id
    , g.replicate_token_index = (select t.id from public.replicate_tokens as t), g.settled_at
  from public.generations as g$$,
  $$values ('completed', array['https://x/1.png', 'https://x/2.png'], null, basepool.now(), true, true, basepool.now())$$,
  'is delivered, output and all'
);
select is_empty('select from basepool.app_checks', 'and asked for no more');
select is(pg_temp.answer('failed', 'NSFW content detected'), 'failed', 'a failure');
select results_eq(
  $$select g.status, g.error_message, g.replicate_output ->> 'status' from public.generations as g$$
  , $$values ('failed', 'NSFW content detected', 'failed')$$, 'says why'
);
select is(pg_temp.answer('canceled'), 'failed', 'an end without a result');
select results_eq('select g.status, g.error_message from public.generations as g', $$values ('failed', 'canceled')$$);
select is(pg_temp.answer('starting'), 'running', 'one that runs');
select is((select g.status from public.generations as g), 'processing', 'is left');
select is(pg_temp.answer(null, p_http => 404), 'failed', 'one that no account has');
select is((select g.error_message from public.generations as g), 'Превышено время ожидания', 'is failed with the message');
select is(pg_temp.answer('succeeded', p_id => 'another'), 'no answer', 'another''s prediction is none');
select is(pg_temp.answer(null, p_http => 503), 'no answer', 'nor is a server error');

select * from finish();
rollback;
