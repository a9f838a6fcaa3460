-- what is to be read or cancelled is, with another token of the account
begin;
select plan(5);
\ir ../../helpers.psql
\ir ../../vault.psql

create temporary table one as
select t.*
from (values (1), (2), (3)) as s (n)
cross join lateral basepool.add_token('r8_token_number_' || s.n, 'acme', 'user', null) as t;
create function pg_temp.spoil(p_nth integer) returns void language sql as $$
  update vault.secrets as s set opens = false from public.replicate_tokens as t
  where t.token = 'vault:' || s.id and t.id = (select o.token_id from one as o order by o.token_id offset p_nth - 1 limit 1)
$$;
select is(
  basepool._secret_of_account(o.account_id, o.token_id), 'r8_token_number_2', 'the one that is asked for'
) from (select * from one
order by token_id limit 1 offset 1) as o;
select pg_temp.spoil(1);
select is(basepool._secret_of_account(min(o.account_id)), 'r8_token_number_2', 'or the next') from one as o;
select results_eq(
  'select l.state, l.reason from basepool.list_tokens() as l order by l.token_id',
  $$values ('suspended', 'unusable: its secret can''t be read from Vault (SQLSTATE 22000)'), ('ready', null), ('ready', null)$$,
  'what can''t be used is suspended'
);
select pg_temp.spoil(2);
select pg_temp.spoil(3);
select is(basepool._secret_of_account(min(o.account_id)), null, 'until there is none') from one as o;
select results_eq(
  'select basepool._secret_of_account(min(o.account_id)), (select sum(t.error_count) from public.replicate_tokens as t)
  from one as o',
  'values (null::text, 3::bigint)', 'who rests is not suspended again and again'
);

select * from finish();
rollback;
