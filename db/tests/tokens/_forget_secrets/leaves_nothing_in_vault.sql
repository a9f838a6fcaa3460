-- whoever deletes, changes, truncates or does not insert a token, no secret stays in Vault that no row refers to
begin;
select plan(16);
\ir ../../helpers.psql
\ir ../../vault.psql

create function pg_temp.stored() returns bigint language sql as 'select count(*) from vault.secrets';
insert into vault.secrets (name, description, secret) values ('basepool-of-the-app', '', 'x'), ('another', '', 'y');
select pg_temp.add_tokens(1);
select is(pg_temp.stored(), 3::bigint, 'one of ours beside two of others');
select throws_ok($$select basepool.add_token('r8_token_number_1')$$, 'TP006', 'this token is in the pool already');
select is(pg_temp.stored(), 3::bigint, 'twice: refused');
insert into public.replicate_tokens (token) values ('r8_token_number_1'), ('r8_token_number_2') on conflict (token) do nothing;
select results_eq(
  'select pg_temp.stored(), count(*) from public.replicate_tokens', 'values (4::bigint, 2::bigint)', 'on conflict do nothing: once'
);
insert into public.replicate_tokens (token) values ('r8_token_number_2');
select is(pg_temp.stored(), 4::bigint, 'known, and not inserted');
insert into public.replicate_tokens (id, token)
select
  min(id),
  'r8_token_number_3'
from public.replicate_tokens on conflict (id) do nothing;
select is(pg_temp.stored(), 4::bigint, 'another conflict');
update public.replicate_tokens set token = 'r8_token_number_4'
where id = (select max(id) from public.replicate_tokens);
select is(pg_temp.stored(), 4::bigint, 'changed');
select set_eq(
  'select basepool._read_secret(t.token) from public.replicate_tokens as t', array['r8_token_number_1', 'r8_token_number_4']
  , 'it is new'
);
update public.replicate_tokens set is_active = false;
select is(pg_temp.stored(), 4::bigint, 'touched');
select basepool.rotate_token(max(id), 'r8_token_number_5') from public.replicate_tokens;
select is(pg_temp.stored(), 4::bigint, 'rotated');
set local role service_role;
delete from public.replicate_tokens
where id = (select max(id) from public.replicate_tokens);
reset role;
select is(pg_temp.stored(), 3::bigint, 'deleted by the app''s server');
select basepool.remove_token(id) from public.replicate_tokens;
select is(pg_temp.stored(), 2::bigint, 'removed');
select pg_temp.add_tokens(3);
truncate public.replicate_tokens cascade;
select is(pg_temp.stored(), 2::bigint, 'truncated');
select set_eq('select name from vault.secrets', array['basepool-of-the-app', 'another'], 'what is others'' stays');

select pg_temp.add_tokens(1);
select pg_temp.start(1);
create temporary table refusal as
select format('token %s has predictions in flight', id) as message from public.replicate_tokens;
select throws_ok('truncate public.replicate_tokens cascade', 'TP008', r.message) from refusal as r;
delete from pg_catalog.pg_extension
where extname = 'supabase_vault';
select lives_ok('delete from public.replicate_tokens where false', 'without Vault there is nothing to forget');

select * from finish();
rollback;
