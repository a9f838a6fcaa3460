-- in the SQL editor nobody has claims: who owns basepool hears all, and nobody else does for that
begin;
select plan(4);
\ir ../../helpers.psql

create role of_the_owner nologin;
create role of_nobody nologin;
do $$ begin execute format('grant %I to of_the_owner', current_user); end $$;
grant execute on function public.explain_generation(uuid), basepool.explain_own_generation(uuid) to of_nobody;
create temporary table own as select pg_temp.submit(1) as id;
grant select on own to of_the_owner, of_nobody, authenticated;
select ok(public.explain_generation(o.id) ? 'pool', 'the owner') from own as o;
set local role of_the_owner;
select ok(public.explain_generation(o.id) ? 'pool', 'a role that has his rights') from own as o;
set local role of_nobody;
select throws_ok('select public.explain_generation(o.id) from own as o', 'PT404', null, 'nobody else');
reset role;
select pg_temp.sign_in(2);
select throws_ok('select public.explain_generation(o.id) from own as o', 'PT404', null, 'no user, whoever logged in');
select pg_temp.sign_out();

select * from finish();
rollback;
