-- creates per minute belong to the account: two tokens of one have no more than one, and busy says until when
begin;
select plan(7);
\ir ../../helpers.psql

select basepool.add_token('r8_token_number_1', 'acme', 'user', null, 100);
select basepool.add_token('r8_token_number_2', 'acme', 'user', null, 100);
update basepool.accounts set creates_per_minute = 20;
select pg_temp.submit_many(60);

select is(
  (select count(*) from basepool.claim_generations('tester', 50)), 2::bigint, 'a burst of a tenth: 2, whatever the tokens'
);
create temporary table answer as select c.* from basepool.claim_generations('tester', 50) as c;
select results_eq('select answer from answer', $$values ('busy')$$, 'then busy');
select cmp_ok((select busy_until from answer), '>', basepool.now(), 'until a time to come');
select matches((select reason from answer), 'account has used its 20 creates a minute', 'and why');

select set_config('basepool.frozen_now', ((select busy_until from answer) - interval '1 millisecond')::text, true);
select is((select answer from basepool.claim_generations('tester', 50)), 'busy', 'a moment before it is still busy');
select set_config('basepool.frozen_now', (select busy_until from answer)::text, true);
select is((select count(*) from basepool.claim_generations('tester', 50)
where answer = 'lease'), 1::bigint, 'then there is one');

select pg_temp.pass('1 minute');
select is((select count(*) from basepool.claim_generations('tester', 50)), 2::bigint, 'and never more than the burst at once');

select * from finish();
rollback;
