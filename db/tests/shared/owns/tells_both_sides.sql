-- the same answer for whoever may see the generation
begin;
select plan(12);
\ir ../../helpers.psql

select basepool.cut_over('*', 0);
create temporary table them as
select
  pg_temp.submit(1) as ours,
  gen_random_uuid() as apps;
grant select on them to authenticated, service_role;
insert into public.generations (id, user_id, action, model_id, model_name, replicate_model, replicate_input)
select
  t.apps,
  pg_temp.user_id(1),
  'create',
  'm',
  'M',
  'acme/painter',
  '{}'
from them as t;
select ok(basepool.owns(t.ours), 'what was submitted is ours') from them as t;
select ok(not basepool.owns(t.apps), 'what the app inserted is the app''s') from them as t;
select is(basepool.owns(gen_random_uuid()), false, 'what is not there is nobody''s');
select is(basepool.owns(null), false, 'nothing is nobody''s');

select set_config('role', 'service_role', true);
select ok(basepool.owns(t.ours) and not basepool.owns(t.apps), 'the app''s server asks') from them as t;
select pg_temp.sign_out();
grant usage on schema basepool to authenticated;
select pg_temp.sign_in(1);
select ok(basepool.owns(t.ours), 'a user, where the owner lets users') from them as t;
select pg_temp.sign_in(2);
select ok(not basepool.owns(t.ours), 'but not of somebody else''s') from them as t;
select pg_temp.sign_out();

select lives_ok($$select basepool.give_back('*')$$, 'given back');
select ok(not basepool.owns(t.ours), 'it is the app''s') from them as t;
update public.generations set queued_at = now()
where id = (select t.apps from them as t);
select ok(basepool.owns(t.apps), 'handed over it is ours') from them as t;
select pg_temp.add_tokens(1);
select basepool.apply_prediction(c.attempt_id, pg_temp.prediction('p1', 'succeeded'), 'poll')
from basepool.claim_generations('tester', 1) as c;
select is(pg_temp.status(t.apps), 'completed', 'it ends') from them as t;
select ok(basepool.owns(t.apps), 'and stays ours') from them as t;

select * from finish();
rollback;
