-- made when it is needed first, and the same from then on; in Vault where there is one, and anew where that has lost it
begin;
select plan(9);
\ir ../../helpers.psql

select is((select o.secret from basepool.output_secret as o), null, 'none before');
create temporary table first as select basepool.get_output_secret() as secret;
select matches(f.secret, '^[0-9a-f]{64}$', 'long, and nobody can guess it') from first as f;
select is(basepool.get_output_secret(), f.secret, 'the same again') from first as f;
update basepool.output_secret set secret = null;
select isnt(basepool.get_output_secret(), f.secret, 'no two are alike') from first as f;

\ir ../../vault.psql
update basepool.output_secret set secret = null;
truncate first;
insert into first select basepool.get_output_secret();
select matches((select o.secret from basepool.output_secret as o), '^vault:', 'in Vault');
select is(basepool.get_output_secret(), f.secret, 'the same from there') from first as f;
-- a token comes and goes
select pg_temp.add_tokens(1);
delete from public.replicate_tokens;
select is(basepool.get_output_secret(), f.secret, 'it does not go with the tokens') from first as f;
update vault.secrets set opens = false;
select isnt(basepool.get_output_secret(), f.secret, 'what can''t be read is made anew') from first as f;
select is(basepool.get_output_secret(), basepool.get_output_secret(), 'and stays');

select * from finish();
rollback;
