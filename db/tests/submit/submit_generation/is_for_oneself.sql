-- a signed-in user submits for himself only; nobody else submits at all
begin;
select plan(6);
\ir ../../helpers.psql

select pg_temp.sign_in(1);
select isnt(public.submit_generation('acme/painter', '{"prompt": "x"}'), null, 'a signed-in user submits');
select throws_ok(
  $$select public.submit_generation('acme/painter', '{}', p_user_id => '00000000-0000-4000-8000-000000000002')$$,
  'PT403', 'this is another user'
);
select results_eq(
  'select g.user_id::text, g.status from public.generations as g',
  $$values ('00000000-0000-4000-8000-000000000001', 'pending')$$, 'it is his'
);
select pg_temp.sign_out();

set local role anon;
select throws_ok(
  $$select public.submit_generation('acme/painter', '{}')$$, '42501',
  'permission denied for function submit_generation'
);
reset role;
set local role service_role;
select lives_ok(
  $$select public.submit_generation('acme/painter', '{}', p_user_id => '00000000-0000-4000-8000-000000000002')$$,
  'the service role submits for anybody'
);
reset role;
select is((select count(*) from basepool.queue), 2::bigint, 'both wait');

select * from finish();
rollback;
