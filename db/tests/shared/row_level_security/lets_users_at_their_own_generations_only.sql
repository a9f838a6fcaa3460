-- a user sees, inserts and marks what is his own, and can't write what the backend writes
begin;
select plan(19);
\ir ../../helpers.psql

select pg_temp.submit_many(2);
select pg_temp.sign_in(1);
select results_eq(
  'select user_id::text from public.generations', $$values ('00000000-0000-4000-8000-000000000001')$$, 'he sees his own only'
);
select lives_ok('update public.generations set viewed = true, viewed_at = now(), is_favorite = true', 'he marks his own');
select throws_ok($$update public.generations set status = 'completed'$$, '42501', 'permission denied for table generations');
select throws_ok('update public.generations set cost_credits = 0', '42501', 'permission denied for table generations');
select throws_ok($$update public.generations set output_urls = '{x}'$$, '42501', 'permission denied for table generations');
select throws_ok($$update public.generations set user_id = gen_random_uuid()$$, '42501', 'permission denied for table generations');
select throws_ok('delete from public.generations', '42501', 'permission denied for table generations');
select throws_ok(
  $$insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, cost_credits)
  values ('00000000-0000-4000-8000-000000000001', 'create', 'm', 'M', 'a/b', 'pending', 0)$$,
  '42501', 'permission denied for table generations'
);
select throws_ok(
  $$insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, replicate_input)
  values ('00000000-0000-4000-8000-000000000001', 'create', 'm', 'M', 'a/b', 'completed', '{}')$$,
  '42501', 'new row violates row-level security policy for table "generations"'
);
select throws_ok(
  $$insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, replicate_input)
  values ('00000000-0000-4000-8000-000000000002', 'create', 'm', 'M', 'a/b', 'pending', '{}')$$,
  '42501', 'new row violates row-level security policy for table "generations"'
);
select lives_ok(
  $$insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
  values ('00000000-0000-4000-8000-000000000001', 'create', 'm', 'M', 'a/b', '{}')$$,
  'he inserts for himself'
);
select throws_ok('select token from public.replicate_tokens', '42501', 'permission denied for table replicate_tokens');
select throws_ok('select public.get_next_replicate_token()', '42501', 'permission denied for function get_next_replicate_token');
select throws_ok('select * from basepool.queue', '42501', 'permission denied for schema basepool');
select throws_ok('select * from basepool.now()', '42501', 'permission denied for schema basepool');
select pg_temp.sign_out();

select is(
  (select count(*) from public.generations as g
where g.is_favorite), 1::bigint, 'only his own was marked'
);

set local role anon;
select throws_ok('select from public.generations', '42501', 'permission denied for table generations');
reset role;
set local role basepool_glue;
select throws_ok('select from public.generations', '42501', 'permission denied for table generations');
select throws_ok('select from basepool.attempts', '42501', 'permission denied for table attempts');
reset role;

select * from finish();
rollback;
