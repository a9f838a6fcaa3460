-- a second token of an account joins it: no second budget, the same secret; a token nobody asked about has an account of its own
begin;
select plan(8);
\ir ../../helpers.psql

select results_eq(
  $$select account, is_new_account, tokens_of_account
  from basepool.add_token('r8_token_number_1', 'acme', 'organization', 'whsec_b25l', 3, 'studio')$$,
  $$values ('acme', true, 1)$$, 'the first of an account'
);
select results_eq(
  $$select account, is_new_account, tokens_of_account
  from basepool.add_token('r8_token_number_2', 'acme', 'organization', 'whsec_b25l')$$,
  $$values ('acme', false, 2)$$, 'the second'
);
select results_eq(
  $$select account, is_new_account, tokens_of_account from basepool.add_token('r8_token_number_3')$$,
  $$values (null::text, false, 1)$$, 'one of which nobody knows whose it is'
);
select results_eq(
  'select a.username, a.kind, a.webhook_secret from basepool.accounts as a order by 1',
  $$values ('acme', 'organization', 'whsec_b25l'), (null, null, null)$$, 'two accounts'
);
select results_eq(
  $$select t.name, t.max_in_flight, (select count(*) from basepool.seats as s where s.token_id = t.id)
  from public.replicate_tokens as t order by t.id$$,
  $$values ('studio', 3, 3::bigint), (null, 10, 10::bigint), (null, 10, 10::bigint)$$, 'seats as many as max_in_flight'
);

-- when it turns out whose the third is, it moves, with what it has in flight
update public.replicate_tokens set is_active = false
where token <> 'r8_token_number_3';
create temporary table attempt as select pg_temp.start(1) as id;
select results_eq(
  $$select account, is_new_account, tokens_of_account from basepool.record_account(
    (select t.id from public.replicate_tokens as t where t.token = 'r8_token_number_3'), 'acme', 'organization', null)$$,
  $$values ('acme', false, 3)$$, 'it is acme''s, too'
);
select is((select count(*) from basepool.accounts), 1::bigint, 'its own account is gone');
select results_eq(
  'select c.username from basepool._all_attempts() as a inner join basepool.accounts as c on c.id = a.account_id',
  $$values ('acme')$$,
  'and acme pays for what it has in flight'
);

select * from finish();
rollback;
