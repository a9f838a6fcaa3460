-- a plain insert of the app goes through the same door: checked, limited, queued
begin;
select plan(6);
\ir ../../helpers.psql

create function pg_temp.insert_one(p_status text default 'pending', p_input jsonb default '{"prompt": "x"}') returns void
language sql as $$
  insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, replicate_input)
  values (pg_temp.user_id(1), 'create', 'm', 'M', 'acme/painter', p_status, p_input)
$$;

select pg_temp.insert_one();
select is((select count(*) from basepool.queue), 1::bigint, 'it waits');
select throws_ok($$select pg_temp.insert_one(p_input => null)$$, 'PT400', 'the input is missing, not a JSON object');
select pg_temp.insert_one() from generate_series(2, 5);
select throws_ok('select pg_temp.insert_one()', 'PT429', '5 of 5 generations are active');

select pg_temp.insert_one('completed');
select is((select count(*) from basepool.queue), 5::bigint, 'one that is not pending is history, not work');

delete from public.generations;
select is((select count(*) from basepool.queue), 0::bigint, 'a deleted one leaves the queue');
insert into public.generations
(user_id, action, model_id, model_name, replicate_model, status, replicate_input, replicate_prediction_id)
values (pg_temp.user_id(1), 'create', 'm', 'M', 'acme/painter', 'pending', '{}', 'sent-already');
select is((select count(*) from basepool.queue), 0::bigint, 'one that Replicate has already is not sent again');

select * from finish();
rollback;
