-- bad input is refused before anything is spent, with what was wrong
begin;
select plan(10);
\ir ../../helpers.psql

select throws_ok(
  $$select public.submit_generation('not a model', '{}', p_user_id => pg_temp.user_id())$$,
  'PT400', 'unknown model syntax: ''not a model'''
);
select throws_ok(
  $$select public.submit_generation(null, '{}', p_user_id => pg_temp.user_id())$$,
  'PT400', 'unknown model syntax: null'
);
select throws_ok(
  $$select public.submit_generation('acme/painter', '[1]', p_user_id => pg_temp.user_id())$$,
  'PT400', 'the input is a JSON array, not a JSON object'
);
select throws_ok(
  $$select public.submit_generation('acme/painter', '"text"', p_user_id => pg_temp.user_id())$$,
  'PT400', 'the input is a JSON string, not a JSON object'
);
select throws_ok(
  $$select public.submit_generation('acme/painter', null, p_user_id => pg_temp.user_id())$$,
  'PT400', 'the input is missing, not a JSON object'
);
select throws_ok($$select public.submit_generation('acme/painter', '{}')$$, 'PT400', 'the user is missing');
select throws_like(
  $$select public.submit_generation('acme/painter', '{}', 'steal', p_user_id => pg_temp.user_id())$$,
  '%generations_action_check%'
);
select throws_ok(
  $$select public.submit_generation('acme/painter', '{}', 'steal', p_user_id => pg_temp.user_id())$$, 'PT400'
);
select throws_like(
  $$select public.submit_generation('acme/painter', '{}', p_user_id => pg_temp.user_id(), p_idempotency_key => '')$$,
  '%generations_idempotency_key_check%'
);
select is_empty('select from public.generations', 'nothing was left behind');

select * from finish();
rollback;
