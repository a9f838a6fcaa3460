-- a generation that is no longer pending, or no longer there, does not wait
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.submit_many(4);
delete from public.generations
where user_id = pg_temp.user_id(1);
select is((select count(*) from basepool.queue), 3::bigint, 'deleted');
update public.generations set status = 'cancelled'
where user_id = pg_temp.user_id(2);
select is((select count(*) from basepool.queue), 2::bigint, 'ended by the app');
update public.generations set status = 'processing'
where user_id = pg_temp.user_id(3);
select is((select count(*) from basepool.queue), 1::bigint, 'taken by the app');
update public.generations set prompt = 'another'
where user_id = pg_temp.user_id(4);
select is((select count(*) from basepool.queue), 1::bigint, 'anything else leaves it where it is');

select * from finish();
rollback;
