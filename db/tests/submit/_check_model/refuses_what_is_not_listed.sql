-- without a row everything but deployments is offered, with one only what is listed; the price is the table's
begin;
select plan(17);
\ir ../../helpers.psql

create function pg_temp.price(p_n integer) returns integer language sql as $$
  select g.cost_credits from public.generations as g where g.user_id = pg_temp.user_id(p_n) order by g.created_at desc, g.id limit 1
$$;
select lives_ok('select pg_temp.submit(1)', 'without a row all is as it was');
select is(pg_temp.price(1), 1, 'at the price of the column');
select throws_ok(
  $$select pg_temp.submit(1, 'deployments/acme/fast')$$, 'PT403', 'the model ''deployments/acme/fast'' is not offered'
);

insert into basepool.models (pattern, credits, enabled, max_per_user) values
('acme/painter', 4, true, 2), ('acme/film', 9, false, null), ('free/*', 0, true, null);
select lives_ok('select pg_temp.submit(2)', 'one that is listed');
select is(pg_temp.price(2), 4, 'costs what is said there');
select throws_ok($$select pg_temp.submit(2, 'acme/other')$$, 'PT403', 'the model ''acme/other'' is not offered');
select throws_ok($$select pg_temp.submit(2, 'acme/film')$$, 'PT403', 'the model ''acme/film'' is not offered at present');
select throws_ok($$select pg_temp.submit(2, 'ACME/film')$$, 'PT403', 'the model ''ACME/film'' is not offered at present');
select throws_ok($$select pg_temp.submit(2, 'acme/film:' || repeat('0a', 32))$$, 'PT403');
select throws_ok($$select pg_temp.submit(2, repeat('0a', 32))$$, 'PT403');

-- whatever the caller says, and by whichever door
insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input, cost_credits)
values (pg_temp.user_id(2), 'create', 'm', 'M', 'acme/painter:' || repeat('0a', 32), '{}', 0);
select is(
  (select min(g.cost_credits) from public.generations as g
where g.user_id = pg_temp.user_id(2)), 4, 'the caller''s price counts for nothing'
);
select throws_ok('select pg_temp.submit(2)', 'PT429', '2 of 2 generations of this model are active');
select lives_ok($$select pg_temp.submit(2, 'free/for-all')$$, 'another model is another matter');
select is(
  (select g.cost_credits from public.generations as g
where g.replicate_model = 'free/for-all'), 0, 'and may cost nothing'
);
select lives_ok('select pg_temp.submit(3)', 'so is another user');

-- one that is cancelled but runs counts here as well
select pg_temp.add_tokens(1);
select basepool.claim_generations('tester', 9);
select basepool.cancel_for_user(g.id) from public.generations as g
where g.user_id = pg_temp.user_id(2) and g.cost_credits = 4;
select throws_ok('select pg_temp.submit(2)', 'PT429', '2 of 2 generations of this model are active');
delete from basepool.models;
select lives_ok($$select pg_temp.submit(2, 'acme/other')$$, 'with the last row everything is offered again');

select * from finish();
rollback;
