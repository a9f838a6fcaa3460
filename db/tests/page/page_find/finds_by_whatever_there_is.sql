-- an id, an attempt, a prediction, a key, a user: whatever somebody pastes into the box
begin;
select plan(20);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table own as select
pg_temp.submit(1) as running,
pg_temp.submit(2) as done,
public.submit_generation('acme/painter', '{}', p_user_id => pg_temp.user_id(3), p_idempotency_key => 'order 7') as waiting;
create temporary table sent as select
c.attempt_id,
c.generation_id
from basepool.claim_generations('tester', 2) as c;
select basepool.record_submitted(s.attempt_id, pg_temp.prediction('p-running', 'starting')) from sent as s
inner join own as o on s.generation_id = o.running;
select basepool.apply_prediction(s.attempt_id, pg_temp.prediction('p-done', 'succeeded', null, '["https://h/o"]'), 'poll')
from sent as s
inner join own as o on s.generation_id = o.done;
insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, replicate_prediction_id)
values (pg_temp.user_id(4), 'create', 'm', 'M', 'acme/painter', 'completed', 'p-apps');

create function pg_temp.found(p_text text) returns uuid
language sql as $$
  select (f.found #>> '{generations,0}')::uuid
  from basepool.page_find(p_text) as f (found)
  where jsonb_array_length(f.found -> 'generations') = 1
$$;
select is(pg_temp.found(o.done::text), o.done, 'an id') from own as o;
select is(pg_temp.found('  ' || upper(o.done::text) || e'\n'), o.done, 'as it was pasted') from own as o;
select is(pg_temp.found(s.attempt_id::text), s.generation_id, 'an attempt') from sent as s;
select is(pg_temp.found('p-running'), o.running, 'a prediction that runs') from own as o;
select is(pg_temp.found('p-done'), o.done, 'one that is over') from own as o;
select is(pg_temp.found('p-apps'), g.id, 'one of the app''s') from public.generations as g
where g.user_id = pg_temp.user_id(4);
select is(pg_temp.found('order 7'), o.waiting, 'a key') from own as o;
select is(pg_temp.found(pg_temp.user_id(3) || ' order 7'), o.waiting, 'a key of a user') from own as o;
select is(pg_temp.found(pg_temp.user_id(3) || ':order 7'), o.waiting, 'written like this, too') from own as o;
select is(
  basepool.page_find(pg_temp.user_id(1) || ' order 7'), '{"generations": [], "user_id": null, "complete": true}'::jsonb,
  'another user has no such'
);
select is(
  basepool.page_find(pg_temp.user_id(1)::text),
  jsonb_build_object('generations', '[]'::jsonb, 'user_id', pg_temp.user_id(1), 'complete', true), 'a user'
);
select is(basepool.page_find(pg_temp.user_id(4)::text) ->> 'user_id', pg_temp.user_id(4)::text, 'one that never submitted here');
select is(
  basepool.page_find(x.text), '{"generations": [], "user_id": null, "complete": true}'::jsonb, 'nothing is nothing'
) from (values (null), (''), (e' \t\n ')) as x (text);
select is(
  basepool.page_find(x.text), '{"generations": [], "user_id": null, "complete": false}'::jsonb, 'not there: ' || x.text
) from (values ('order%'), (''' or 1=1 --'), (pg_temp.user_id(9)::text)) as x (text);
select throws_ok(
  $$select basepool.page_find(repeat('x', 301))$$, 'PT400', 'nothing has a name of 301 characters'
);

select * from finish();
rollback;
