-- a secret that is gone, or that can't be decrypted, is none; it spoils nothing
begin;
select plan(8);
\ir ../../helpers.psql

select is(basepool._read_secret('r8_token_number_1'), 'r8_token_number_1', 'plain');
select is(basepool._read_secret(E'r8_token_number_1\n'), 'r8_token_number_1', 'plain, from before basepool, with a line end');
select is(basepool._read_secret(E'r8_token\nnumber_1'), null, 'plain, and no token');
select is(basepool._read_secret('vault:00000000-0000-0000-0000-000000000001'), null, 'a reference where there is no Vault');
\ir ../../vault.psql
select pg_temp.add_tokens(3);
select results_eq(
  'select t.token like ''vault:%'', basepool._read_secret(t.token) from public.replicate_tokens as t order by t.id',
  $$values (true, 'r8_token_number_1'), (true, 'r8_token_number_2'), (true, 'r8_token_number_3')$$, 'from Vault'
);
delete from vault.secrets as s using public.replicate_tokens as t
where t.token = 'vault:' || s.id and t.id = (select min(id) from public.replicate_tokens);
update vault.secrets as s set opens = false from public.replicate_tokens as t
where t.token = 'vault:' || s.id and t.id = (select max(id) from public.replicate_tokens);
select results_eq(
  'select basepool._read_secret(t.token) from public.replicate_tokens as t order by t.id',
  $$values (null), ('r8_token_number_2'), (null)$$, 'what is gone or can''t be opened spoils no other'
);
select results_eq(
  'select basepool._explain_secret(t.token) from public.replicate_tokens as t order by t.id',
  $$values ('its secret is not in Vault any more'), (null), ('its secret can''t be read from Vault (SQLSTATE 22000)')$$, 'and why'
);
select is(basepool._read_secret('vault:of nothing'), null, 'a reference that is none');

select * from finish();
rollback;
