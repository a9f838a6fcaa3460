-- a webhook secret that was replaced verifies for a day, then nobody has it any more
begin;
select plan(9);
\ir ../../helpers.psql
\ir ../../vault.psql

select basepool.add_token('r8_token_number_1', 'acme', 'user', 'whsec_b25l');
create temporary table attempt as select pg_temp.start(1) as id;
create function pg_temp.secrets() returns text language sql as
'select string_agg(s, '' '' order by s) from attempt as a cross join lateral basepool.get_webhook_secrets(a.id) as s';
select basepool.record_account(t.id, 'acme', 'user', 'whsec_dHdv') from public.replicate_tokens as t;
select is(pg_temp.secrets(), 'whsec_b25l whsec_dHdv', 'both');
select pg_temp.pass('23 hours');
select is(basepool._forget_former_secrets(), 0, 'nothing to forget');
select is(pg_temp.secrets(), 'whsec_b25l whsec_dHdv', 'both still');
select pg_temp.pass('2 hours');
select is(pg_temp.secrets(), 'whsec_dHdv', 'over, whether anybody forgot it or not');
select is((basepool._prune_history() ->> 'former_secrets')::integer, 1, 'forgotten');
select is((select count(*) from vault.secrets), 2::bigint, 'Vault has the token and the webhook secret');
update vault.secrets set opens = false
where description like '%webhook%';
select is(pg_temp.secrets(), null, 'one that can''t be opened verifies nothing');
select basepool.record_account(t.id, 'acme', 'user', E'whsec_dGhyZWU=\n') from public.replicate_tokens as t;
select is(pg_temp.secrets(), 'whsec_dGhyZWU=', 'and is replaced, not kept');

select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded'), 'poll') from attempt as a;
delete from public.replicate_tokens;
select basepool._forget_former_secrets();
select pg_temp.pass('25 hours');
select basepool._forget_former_secrets();
select is_empty('select from vault.secrets', 'of an account without a token nothing is kept');

select * from finish();
rollback;
