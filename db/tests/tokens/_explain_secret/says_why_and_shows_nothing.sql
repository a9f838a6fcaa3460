-- why a secret can't be used, in words that hold nothing of it
begin;
select plan(4);

select is(basepool._explain_secret('r8_token_number_1'), null, 'nothing to say');
select is(basepool._explain_secret(null), null, 'nor where there is none');
select is(
  basepool._explain_secret(E'r8_token\nnumber_1'),
  'its secret can''t stand in a header: it is too short or too long, or has spaces or unprintable characters in it',
  'it can''t stand in a header'
);
select is(
  basepool._explain_secret('vault:00000000-0000-0000-0000-000000000001'), 'its secret can''t be read from Vault (SQLSTATE 42P01)',
  'there is no Vault any more'
);

select * from finish();
rollback;
