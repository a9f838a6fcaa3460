-- what reads the column is told from what only writes it, reads beside it, or asks our functions
begin;
select plan(7);
\ir ../../helpers.psql

select is((select r.is_known from basepool._token_readers() as r), false, 'without pg_stat_statements nobody knows');
\ir ../statements.psql
select results_eq('select * from basepool._token_readers()', 'values (null::text, true)', 'nothing has run');

select pg_temp.ran('select count(*) from replicate_tokens where is_active');
select pg_temp.ran('select id, is_active, request_count, error_count from replicate_tokens order by request_count desc');
select pg_temp.ran('insert into replicate_tokens (token) values ($1) on conflict (token) do nothing');
select pg_temp.ran('update replicate_tokens set error_count = $1, last_error = $2 where id = $3');
select pg_temp.ran('select id, token from get_next_replicate_token()');
select pg_temp.ran('select t.token from public.replicate_tokens as t where basepool._read_secret(t.token) is null');
select pg_temp.ran('create trigger x before update of token on public.replicate_tokens for each row execute function f()');
select pg_temp.ran('select token from public.replicate_tokens', p_toplevel => false);
select pg_temp.ran('with pgrst_source as (select "public"."replicate_tokens"."id" from "public"."replicate_tokens")'
  || ' select * from pgrst_source');
select results_eq('select * from basepool._token_readers()', 'values (null::text, true)', 'these read no token');

create temporary table readers (query text);
insert into readers values
('select id, token, request_count, error_count from replicate_tokens where is_active order by request_count'),
('SELECT "public"."replicate_tokens"."token" FROM "public"."replicate_tokens" WHERE "is_active" = $1'),
('with s as (select "public"."replicate_tokens".* from "public"."replicate_tokens") select 1 from s'),
('select * from replicate_tokens where id = $1'),
('insert into replicate_tokens(token) select token from replicate_tokens where id=$1 on conflict (token) do nothing'),
('insert into replicate_tokens (token) values ($1) returning id, token'),
('update replicate_tokens set last_used_at = now() where token = $1');
create function pg_temp.finds(p_query text) returns boolean
language plpgsql as $$
begin
  truncate statements.pg_stat_statements;
  perform pg_temp.ran(p_query);
  return (select r.says is not null from basepool._token_readers() as r);
end
$$;
select is_empty('select r.query from readers as r where not pg_temp.finds(r.query)', 'each of these does');

truncate statements.pg_stat_statements;
select pg_temp.ran('select token from replicate_tokens limit ' || s.n, s.n) from generate_series(1, 5) as s (n);
select is(
  (select r.says from basepool._token_readers() as r)
  , '''select token from replicate_tokens limit 5'', as service_role, 5 times; '
  || '''select token from replicate_tokens limit 4'', as service_role, 4 times; '
  || '''select token from replicate_tokens limit 3'', as service_role, 3 times'
  , 'those that are called most'
);
truncate statements.pg_stat_statements;
select pg_temp.ran('<insufficient privilege>');
select is((select r.is_known from basepool._token_readers() as r), false, 'what we may not see we do not know');
drop table statements.pg_stat_statements;
select is((select r.is_known from basepool._token_readers() as r), false, 'nor where its library is not loaded');

select * from finish();
rollback;
