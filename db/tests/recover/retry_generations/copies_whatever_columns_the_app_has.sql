-- the app's table grows without us: what it adds goes along, what became of the first one does not
begin;
select plan(5);
\ir ../../helpers.psql

alter table public.generations
add column campaign text,
add column title text generated always as (upper(prompt)) stored;
select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
update public.generations set campaign = 'spring', viewed = true, is_favorite = true;
select basepool.record_submitted(a.id, pg_temp.prediction('p1', 'starting')) from attempt as a;
update basepool.error_rules set max_retries = 0;
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'failed', 'out of memory (E1001)'), 'poll') from attempt as a;

create temporary table retried as select r.retried_as from basepool.retry_generations(p_error => 'E1001') as r;
select results_eq(
  $$select g.campaign, g.title, g.prompt from public.generations as g inner join retried as r on r.retried_as = g.id$$,
  $$values ('spring', 'A CAT', 'a cat')$$, 'what the app added, and what it computes'
);
select results_eq(
  $$select g.status, g.settled_at, g.completed_at, g.error_message, g.replicate_prediction_id, g.replicate_output, g.viewed
  , g.is_favorite, g.cost_credits
  from public.generations as g inner join retried as r on r.retried_as = g.id$$,
  $$values ('pending', null::timestamptz, null::timestamptz, null, null, null::jsonb, false, false, 0)$$,
  'nothing of the first one''s end'
);
select results_eq(
  $$select g.retry_of = o.id, g.queued_at is not null from public.generations as g
  inner join public.generations as o on o.id <> g.id where g.retry_of is not null$$,
  $$values (true, true)$$, 'it names the first one, and is queued'
);
select is((select u.max_active from basepool.user_limits as u
where u.user_id = pg_temp.user_id(1)), null, 'the user''s limit was not touched');

-- the way past the limit is the operator's
select pg_temp.sign_in(1);
select throws_ok(
  $$insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input, retry_of)
  values (pg_temp.user_id(1), 'create', 'm', 'M', 'acme/painter', '{}', gen_random_uuid())$$,
  '42501', null, 'a user can''t call his own insert a retry'
);

select * from finish();
rollback;
