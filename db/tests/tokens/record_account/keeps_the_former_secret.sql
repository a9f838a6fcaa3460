-- while Replicate rotates a webhook secret both count; the same one again changes nothing
begin;
select plan(5);
\ir ../../helpers.psql

select basepool.add_token('r8_token_number_1', 'acme', 'user', 'whsec_b25l');
create temporary table attempt as select pg_temp.start(1) as id;
select set_eq('select basepool.get_webhook_secrets(a.id) from attempt as a', array['whsec_b25l'], 'one secret');
select basepool.record_account(t.id, 'acme', 'user', 'whsec_b25l') from public.replicate_tokens as t;
select set_eq('select basepool.get_webhook_secrets(a.id) from attempt as a', array['whsec_b25l'], 'the same again');
select basepool.record_account(t.id, 'acme', 'user', 'whsec_dHdv') from public.replicate_tokens as t;
select set_eq('select basepool.get_webhook_secrets(a.id) from attempt as a', array['whsec_b25l', 'whsec_dHdv'], 'two at a time');
select is_empty(
  $$select basepool.get_webhook_secrets('00000000-0000-0000-0000-000000000001')$$, 'an unknown attempt has none: it is refused'
);
select throws_ok($$select basepool.record_account(-1, 'acme', 'user', null)$$, 'TP005', 'there is no token -1');

select * from finish();
rollback;
