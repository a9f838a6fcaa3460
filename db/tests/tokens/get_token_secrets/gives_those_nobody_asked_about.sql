-- for asking Replicate whose they are: those without a known account, or all
begin;
select plan(2);
\ir ../../helpers.psql

select basepool.add_token('r8_token_number_1', 'acme', 'user', 'whsec_b25l');
select basepool.add_token('r8_token_of_nobody');
select set_eq('select token from basepool.get_token_secrets()', array['r8_token_of_nobody'], 'unknown ones');
select set_eq(
  'select token from basepool.get_token_secrets(false)', array['r8_token_of_nobody', 'r8_token_number_1'], 'all'
);

select * from finish();
rollback;
