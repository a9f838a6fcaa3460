-- whoever is given a priority goes first, also with what he retries, and is never overlooked
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 100);
create temporary table attempt as select pg_temp.start(1) as id;
select pg_temp.submit(2);
insert into basepool.user_limits (user_id, priority) values (pg_temp.user_id(3), 7);
update basepool.user_limits set priority = -3
where user_id = pg_temp.user_id(1);
select set_eq('select priority from basepool.marks', array[7, 0, -3], 'a mark for each');
select basepool.record_rejected(a.id, 'transport', null, 'unsent: too late') from attempt as a;
select pg_temp.submit(3);
create function pg_temp.next_user() returns uuid language sql as $$
  select g.user_id from basepool.claim_generations('tester', 1) as c inner join public.generations as g on g.id = c.generation_id
$$;
select is(pg_temp.next_user(), pg_temp.user_id(3), 'the highest first');
select is(pg_temp.next_user(), pg_temp.user_id(2), 'then those without');
select is(pg_temp.next_user(), pg_temp.user_id(1), 'the lowest last');

select * from finish();
rollback;
