-- in an adopted database the app inserts rows and calls Replicate itself: until the owner says so, those are not queued
begin;
select plan(5);
\ir ../../helpers.psql

select is(basepool.cut_over('*', 0) ->> 'was', '100.00', 'switched off');
insert into public.generations (user_id, action, model_id, model_name, replicate_model, status)
select
pg_temp.user_id(1),
'create',
'm',
'M',
'any thing',
'pending'
from generate_series(1, 7);
select is((select count(*) from public.generations), 7::bigint, 'the app''s own inserts are neither checked nor limited');
select is((select count(*) from basepool.queue), 0::bigint, 'nor queued');
select throws_ok('select pg_temp.submit(1)', 'PT429', '7 of 5 generations are active');
select pg_temp.submit(2);
select is((select count(*) from basepool.queue), 1::bigint, 'what is submitted is queued');

select * from finish();
rollback;
