-- of a day: what basepool has run and what the app, by pattern, and what no pattern can move
begin;
select plan(4);
\ir ../../helpers.psql

create temporary view told as
select
  concat_ws(
    ' ', l.kind, l.pattern, trim_scale(l.percent), l.ours, l.ours_failed, l.apps, l.apps_failed, l.waiting, l.in_flight
  )
from basepool.list_cutover() as l;
select set_eq(
  'select * from told',
  array['pattern * 100 0 0 0 0 0 0', 'other models 0 0 0 0 0 0', 'keyframes 0 0 0 0 0 0', 'other providers 0 0 0 0 0 0']
  , 'nothing yet'
);
update basepool.settings set adopted = true;
delete from basepool.cutover;
select
basepool.cut_over('acme/*', 50),
basepool.cut_over('acme/film', 0);
create function pg_temp.own(p_model text, p_status text, p_is_segment boolean default false, p_age interval default '1 hour')
returns void language sql as $$
  insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, is_keyframe_segment, created_at)
  values (gen_random_uuid(), 'create', 'm', 'M', p_model, p_status, p_is_segment, basepool.now() - p_age)
$$;
select
pg_temp.own('acme/painter', 'completed'),
pg_temp.own('acme/painter', 'failed'),
pg_temp.own('acme/film', 'failed');
select
pg_temp.own('acme/painter', 'failed', false, '25 hours'),
pg_temp.own('acme/painter', 'pending', true);
select
pg_temp.own('fal-ai/flux', 'completed'),
pg_temp.own('a/b/c', 'failed'),
pg_temp.own('other/painter', 'processing');
select
pg_temp.submit_many(3),
pg_temp.submit(4, 'acme/film');
select pg_temp.add_tokens(1);
select basepool.record_rejected(c.attempt_id, 'http', 422, 'oops') from basepool.claim_generations('tester', 1) as c;
select basepool.claim_generations('tester', 1);
select results_eq(
  'select * from told',
  $$values ('pattern acme/film 0 1 0 1 1 1 0'), ('pattern acme/* 50 3 1 2 1 1 1'), ('other models 0 0 1 0 0 0')
  , ('keyframes 0 0 1 0 0 0'), ('other providers 0 0 2 1 0 0')$$, 'the most specific first'
);
select is((select count(l.changed_at) from basepool.list_cutover() as l), 2::bigint, 'with the time of the last change');
select pg_temp.pass('2 days');
select results_eq(
  'select * from told',
  $$values ('pattern acme/film 0 0 0 0 0 1 0'), ('pattern acme/* 50 0 0 0 0 1 1'), ('other models 0 0 0 0 0 0')
  , ('keyframes 0 0 0 0 0 0'), ('other providers 0 0 0 0 0 0')$$, 'what waits or runs is told however old it is'
);

select * from finish();
rollback;
