-- whose a plain insert is, is decided when it comes in, by its model and its user, and stands in the row
begin;
select plan(31);
\ir ../../helpers.psql

create function pg_temp.insert_one(
  p_model text, p_user uuid default gen_random_uuid(), p_input jsonb default '{"prompt": "x"}', p_action text default 'create'
  , p_is_segment boolean default false
) returns boolean
language sql as $$
  insert into public.generations
    (user_id, action, model_id, model_name, replicate_model, status, replicate_input, is_keyframe_segment)
  values (p_user, p_action, 'm', 'M', p_model, 'pending', p_input, p_is_segment)
  returning queued_at is not null
$$;
create function pg_temp.user_in(p_from integer, p_below integer) returns uuid
language sql as $$
  select md5(s.n::text)::uuid from generate_series(1, 100000) as s (n)
  where basepool._bucket_of(md5(s.n::text)::uuid) >= p_from and basepool._bucket_of(md5(s.n::text)::uuid) < p_below
  limit 1
$$;

-- other providers share the table, also where everything is moved over
select is(pg_temp.insert_one(v.model), false, 'never ours: ' || v.model)
from (
  values ('fal-ai/flux-pro'), ('fal-ai/flux/dev'), ('FAL-AI/flux-pro'), ('higgsfield-ai/soul/standard'), ('higgsfield-ai/soul')
  , ('a/b/c'), ('gpt-image-1'), ('whatever it says'), ('acme/painter:latest'), (''), (repeat('a', 3000))
) as v (model);
select is(pg_temp.insert_one(v.model), true, 'ours: ' || v.model)
from (
  values ('acme/painter'), ('google/nano-banana'), ('acme/painter:' || repeat('0a', 32)), (repeat('0a', 32)), ('fal/x')
  , ('acme/fal-ai')
) as v (model);
select throws_ok($$select pg_temp.insert_one('deployments/acme/fast')$$, 'PT403'
  , 'the model ''deployments/acme/fast'' is not offered');
select is(pg_temp.insert_one('acme/painter', p_action => 'video_keyframes'), true, 'nobody else would run it in a new database');

-- by the hash of the user
select basepool.cut_over('*', 0);
select basepool.cut_over('acme/*', 10.25);
select is(pg_temp.insert_one('acme/painter', pg_temp.user_in(0, 1025)), true, 'a user below the percentage');
select is(pg_temp.insert_one('acme/painter', pg_temp.user_in(1025, 10000)), false, 'one above it');
select is(pg_temp.insert_one('other/painter', pg_temp.user_in(0, 1025)), false, 'and another model');
select is(
  (select q.user_id from basepool.queue as q
order by q.place desc limit 1), pg_temp.user_in(0, 1025), 'what is ours is queued'
);
select basepool.cut_over('acme/*', 0);
select is(
  (select count(*) from public.generations as g
where g.queued_at is not null and g.user_id = pg_temp.user_in(0, 1025)), 1::bigint
  , 'what came in before stays as it was'
);

-- where an app was there before, it runs what only it can run
update basepool.settings set adopted = true;
select basepool.cut_over('*', 100);
select basepool.cut_over('acme/*', 100);
select is(pg_temp.insert_one('acme/painter'), true, 'ours');
select is(pg_temp.insert_one('acme/painter', p_input => null), false, 'what has no input yet is the app''s to send');
select is(pg_temp.insert_one('acme/painter', p_is_segment => true), false, 'a segment waits for the one before it');
select is(pg_temp.insert_one('acme/painter', p_action => 'video_keyframes'), false, 'and their parent for all');
select lives_ok('select pg_temp.submit(1)', 'what is submitted is ours');

-- a segment counts against no limit, so that none comes from a user
update basepool.settings set adopted = false;
select pg_temp.sign_in(2);
select throws_ok(
  $$insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input, is_keyframe_segment)
  values ('00000000-0000-4000-8000-000000000002', 'create', 'm', 'M', 'acme/painter', '{}', true)$$,
  'PT403', 'a segment of a keyframe job is not a user''s to submit'
);
select lives_ok(
  $$insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
  values ('00000000-0000-4000-8000-000000000002', 'create', 'm', 'M', 'acme/painter', '{}')$$, 'everything else may'
);
select pg_temp.sign_out();

select * from finish();
rollback;
