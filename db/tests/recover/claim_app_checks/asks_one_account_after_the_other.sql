-- the account that the row names is asked first, then the others; one that can't be asked holds up nobody
begin;
select plan(11);
\ir ../../helpers.psql

create temporary table tokens as
select
  t.id,
  t.nth
from unnest(pg_temp.add_tokens(3)) with ordinality as t (id, nth);
insert into public.generations
(user_id, action, model_id, model_name, replicate_model, status, created_at, replicate_prediction_id, replicate_token_index)
select
  pg_temp.user_id(1),
  'create',
  'm',
  'M',
  'acme/painter',
  'processing',
  basepool.now() - interval '1 hour',
  'prediction' || repeat('x', 16),
  t.id
from tokens as t
where t.nth = 2;
select basepool._fail_stuck_generations();
create temporary table asked as select * from basepool.claim_app_checks(9);
select is((select array_agg(a.token) from asked as a), array['r8_token_number_2'], 'the one it names');
select is_empty('select from basepool.claim_app_checks(9)', 'once, as long as the answer may come');
select is(
  basepool.record_app_check(a.generation_id, a.account_id, 404, null, 'HTTP 404'), 'not there', 'it is not there'
) from asked as a;
truncate asked;
insert into asked select * from basepool.claim_app_checks(9);
select is((select array_agg(a.token) from asked as a), array['r8_token_number_1'], 'the next at once');
select is(
  basepool.record_app_check(a.generation_id, a.account_id, 401, null, 'HTTP 401'), 'no answer', 'it does not say'
) from asked as a;
select is_empty('select from basepool.claim_app_checks(9)', 'after a pause');
select pg_temp.pass('31 seconds');
truncate asked;
insert into asked select * from basepool.claim_app_checks(9);
select is((select array_agg(a.token) from asked as a), array['r8_token_number_3'], 'the third');
select is(
  basepool.record_app_check(
    a.generation_id, a.account_id, null, pg_temp.prediction('prediction' || repeat('x', 16), 'processing')
  ), 'running', 'has it'
) from asked as a;
select pg_temp.pass('61 seconds');
select is(
  (select array_agg(c.token) from basepool.claim_app_checks(9) as c), array['r8_token_number_3'], 'and is asked again'
);
-- what the app has ended meanwhile
select pg_temp.pass('61 seconds');
update public.generations set status = 'completed';
truncate asked;
insert into asked select * from basepool.claim_app_checks(9);
select is(
  basepool.record_app_check(a.generation_id, a.account_id, 404), 'unchanged', 'the app was faster'
) from asked as a;
select is_empty('select from basepool.app_checks', 'it is asked for no more');

select * from finish();
rollback;
