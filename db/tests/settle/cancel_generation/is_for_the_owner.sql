-- the owner and the service role; for anybody else there is no such generation
begin;
select plan(7);
\ir ../../helpers.psql

create temporary table own as select pg_temp.submit(1) as id;
grant select on own to authenticated, service_role;
select pg_temp.sign_in(2);
select throws_like('select public.cancel_generation(o.id) from own as o', 'there is no generation % of yours');
select throws_ok('select public.cancel_generation(o.id) from own as o', 'PT404');
select throws_ok('select public.cancel_generation(null)', 'PT404', 'there is no generation null of yours');
select pg_temp.sign_out();
select is(pg_temp.status(o.id), 'pending', 'nothing was changed') from own as o;
select pg_temp.sign_in(1);
select is(public.cancel_generation(o.id), 'cancelled', 'the owner cancels') from own as o;
select pg_temp.sign_out();
set local role service_role;
select is(public.cancel_generation(o.id), 'already cancelled', 'the service role may, too') from own as o;
reset role;
set local role anon;
select throws_ok(
  $$select public.cancel_generation('00000000-0000-0000-0000-000000000001')$$, '42501',
  'permission denied for function cancel_generation'
);
reset role;

select * from finish();
rollback;
