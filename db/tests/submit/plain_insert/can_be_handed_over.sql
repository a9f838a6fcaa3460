-- queued_at says whose it is, so that setting it in a row of the app's hands the row over: through the door, onto the queue
begin;
select plan(19);
\ir ../../helpers.psql

select basepool.cut_over('*', 0);
create function pg_temp.own(p_n integer, p_model text default 'acme/painter', p_input jsonb default '{"prompt": "x"}') returns uuid
language sql as $$
  insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
  values (pg_temp.user_id(p_n), 'create', 'm', 'M', p_model, p_input) returning id
$$;
create function pg_temp.hand_over(p_id uuid) returns boolean language sql as $$
  update public.generations set queued_at = now() where id = p_id returning queued_at is not null
$$;
create temporary table own as select pg_temp.own(1) as id;
select is((select count(*) from basepool.queue), 0::bigint, 'the app''s own');
select is((select pg_temp.hand_over(o.id) from own as o), true, 'handed over');
select is((select q.generation_id from basepool.queue as q), (select o.id from own as o), 'it waits');
select is((select g.queued_at from public.generations as g), basepool.now(), 'since now');
select lives_ok('select pg_temp.hand_over(o.id) from own as o', 'again');
select is((select count(*) from basepool.queue), 1::bigint, 'is nothing new');

-- and it may be taken back, until a claim has it
select lives_ok('update public.generations set queued_at = null', 'taken back');
select is((select count(*) from basepool.queue), 0::bigint, 'it waits no more');
select pg_temp.hand_over(o.id) from own as o;
select pg_temp.add_tokens(1);
select basepool.claim_generations('tester', 1);
select throws_ok('update public.generations set queued_at = null', 'PT409', 'the generation is in flight');
select basepool.record_submitted(s.attempt_id, pg_temp.prediction('p1', 'processing')) from basepool.seats as s
where s.attempt_id is not null;
select throws_ok('update public.generations set queued_at = null', 'PT409', 'the generation is in flight');
select basepool.apply_prediction(s.attempt_id, pg_temp.prediction('p1', 'succeeded'), 'poll') from basepool.seats as s
where s.attempt_id is not null;
select lives_ok('update public.generations set queued_at = null', 'what is over is history');

-- the door is the same
select throws_ok($$select pg_temp.hand_over(pg_temp.own(2, 'no model'))$$, 'PT400', 'unknown model syntax: ''no model''');
select throws_ok($$select pg_temp.hand_over(pg_temp.own(2, p_input => null))$$, 'PT400', 'the input is missing, not a JSON object');
create temporary table more as select pg_temp.own(3) as id from generate_series(1, 6);
select throws_ok($$select pg_temp.hand_over(m.id) from more as m$$, 'PT429', '5 of 5 generations are active');
delete from public.generations
where id = (select min(m.id::text)::uuid from more as m);
select lives_ok(
  $$select pg_temp.hand_over(g.id) from public.generations as g where g.user_id = pg_temp.user_id(3)$$
  , 'it does not count twice'
);
insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input, status
, replicate_prediction_id)
values (pg_temp.user_id(4), 'create', 'm', 'M', 'a/b', '{}', 'processing', 'p9')
, (pg_temp.user_id(5), 'create', 'm', 'M', 'a/b', '{}', 'queued', null);
select throws_ok(
  $$update public.generations set queued_at = now() where user_id = pg_temp.user_id(4)$$
  , 'PT409', 'the generation was sent to Replicate already'
);
select throws_ok(
  $$update public.generations set queued_at = now() where user_id = pg_temp.user_id(5)$$, 'PT409', 'the generation is queued'
);
select lives_ok(
  $$update public.generations set status = 'pending', queued_at = now() where user_id = pg_temp.user_id(5)$$, 'in one step'
);
select is((select count(*) from basepool.queue as q
where q.user_id = pg_temp.user_id(5)), 1::bigint, 'it waits');

select * from finish();
rollback;
