-- what the app runs itself takes a place as well; a keyframe job takes one, and its segments none
begin;
select plan(13);
\ir ../../helpers.psql

update basepool.settings set user_active_limit = 2;
select basepool.cut_over('*', 0);
create function pg_temp.refusal(p_n integer) returns text language plpgsql as $$
begin
  perform pg_temp.submit(p_n);
  return null;
exception when sqlstate 'PT429' then
  return sqlerrm;
end
$$;
create function pg_temp.own(
  p_n integer, p_model text default 'acme/painter', p_status text default 'processing', p_is_segment boolean default false
  , p_age interval default '0 seconds', p_started_at timestamptz default null
) returns uuid
language sql as $$
  insert into public.generations
    (user_id, action, model_id, model_name, replicate_model, status, is_keyframe_segment, created_at, started_at)
  values (pg_temp.user_id(p_n), 'create', 'm', 'M', p_model, p_status, p_is_segment, basepool.now() - p_age, p_started_at)
  returning id
$$;

select pg_temp.own(1, 'fal-ai/flux-pro');
select is(pg_temp.refusal(1), null, 'one of the app''s leaves a place');
select is(pg_temp.refusal(1), '2 of 2 generations are active', 'but no more');
select
pg_temp.own(2, p_status => 'completed'),
pg_temp.own(2, p_status => 'failed'),
pg_temp.own(2, p_status => 'queued');
select is(pg_temp.refusal(2), null, 'what is over takes none');
select is(pg_temp.refusal(2), '2 of 2 generations are active', 'what the app calls queued does');

select pg_temp.own(3, p_is_segment => true) from generate_series(1, 8);
select is(pg_temp.refusal(3), null, 'segments of a keyframe job take none');
select pg_temp.own(3);
select is(pg_temp.refusal(3), '2 of 2 generations are active', 'their parent does');
select lives_ok(
  $$insert into public.generations
  (user_id, action, model_id, model_name, replicate_model, replicate_input, is_keyframe_segment, queued_at)
  select pg_temp.user_id(3), 'create', 'm', 'M', 'acme/painter', '{}', true, now() from generate_series(1, 8)$$
  , 'and segments are let in all the same'
);
select is((select count(*) from basepool.queue as q
where q.user_id = pg_temp.user_id(3)), 9::bigint, 'onto the queue');
select pg_temp.add_tokens(1, 100);
select basepool.claim_generations('tester', 100);
select basepool.cancel_for_user(g.id) from public.generations as g
where g.user_id = pg_temp.user_id(3) and g.is_keyframe_segment;
delete from public.generations
where user_id = pg_temp.user_id(3) and queued_at is null and not is_keyframe_segment;
select is(pg_temp.refusal(3), null, 'nor do they while they are being cancelled');

-- the app runs one again in place: it is as old as its last start
select
pg_temp.own(4, p_age => '2 hours'),
pg_temp.own(4, p_age => '2 hours');
select is(pg_temp.refusal(4), null, 'stuck ones keep nobody out');
select pg_temp.own(5, p_age => '2 hours', p_started_at => basepool.now() - interval '1 minute') from generate_series(1, 2);
select is(pg_temp.refusal(5), '2 of 2 generations are active', 'those that were run again do');
select pg_temp.pass('29 minutes');
select is(pg_temp.refusal(5), null, 'until they are stuck');
select is(pg_temp.refusal(6), null, 'nobody else is concerned');

select * from finish();
rollback;
