-- the owner hears what he waits for, the service role why, and others nothing
begin;
select plan(5);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.disable_token(t.id) from public.replicate_tokens as t;
create temporary table own as select pg_temp.submit(1) as id;
grant select on own to authenticated, service_role;
select pg_temp.sign_in(1);
select is(
  public.explain_generation(o.id) - 'earliest_start',
  '{"status": "pending", "position": 1, "waits_for": "pool", "reason": "no token is usable"}'::jsonb, 'the owner'
) from own as o;
select pg_temp.sign_out();
select pg_temp.sign_in(2);
select throws_like('select public.explain_generation(o.id) from own as o', 'there is no generation % of yours');
select throws_ok('select public.explain_generation(o.id) from own as o', 'PT404');
select pg_temp.sign_out();
set local role service_role;
select matches(public.explain_generation(o.id) ->> 'pool', '^token \d+: disabled by an operator$', 'the service role')
from own as o;
select throws_ok('select public.explain_generation(null)', 'PT404', 'there is no generation null of yours');
reset role;

select * from finish();
rollback;
