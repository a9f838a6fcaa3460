-- an adopted app's tokens stay readable until they are moved into Vault, all with their ids; and come back as they were
begin;
select plan(24);
\ir ../../helpers.psql

select throws_ok('select basepool.secure_tokens()', 'TP051', 'Supabase Vault is not installed in this database');
\ir ../../vault.psql
update basepool.settings set
  adopted = true,
  tokens_in_vault = false;
insert into public.replicate_tokens (token) values ('r8_token_number_1'), ('r8_token_number_2'), (E'r8_token_number_3');
-- as it was before us: white space around it
alter table public.replicate_tokens disable trigger prepare_token;
update public.replicate_tokens set token = E'r8_token_number_3\n'
where token = 'r8_token_number_3';
alter table public.replicate_tokens enable trigger prepare_token;
create temporary table were as select
  t.id,
  t.token,
  t.fingerprint,
  t.account_id
from public.replicate_tokens as t;
select is((select count(*) from vault.secrets), 0::bigint, 'new ones stay in the table, too');
select is((select token from public.get_next_replicate_token()), 'r8_token_number_1', 'the app gets them');

select throws_ok(
  'select basepool.secure_tokens()', 'TP050'
  , 'nobody can say whether something reads replicate_tokens.token: pg_stat_statements is missing, or not to be read'
);
\ir ../statements.psql
select pg_temp.ran('select id, token from replicate_tokens where is_active', 7);
select throws_ok(
  'select basepool.secure_tokens(p_yes => true)', 'TP050'
  , 'replicate_tokens.token is read directly: ''select id, token from replicate_tokens where is_active'', as service_role, 7 times'
);
select is((select count(*) from vault.secrets), 0::bigint, 'nothing was moved');
truncate statements.pg_stat_statements;
select matches(basepool.secure_tokens(), '^3 tokens were moved into Vault.*vacuum full public.replicate_tokens');
select is((select count(*) from vault.secrets), 3::bigint, 'now they are');
select is_empty($$select from public.replicate_tokens as t where t.token not like 'vault:%'$$, 'no plain copy is left');
select results_eq(
  'select t.id, t.fingerprint, t.account_id from public.replicate_tokens as t order by 1'
  , 'select w.id, w.fingerprint, w.account_id from were as w order by 1', 'ids, fingerprints and accounts stay'
);
select set_eq(
  'select basepool._read_secret(t.token) from public.replicate_tokens as t'
  , array['r8_token_number_1', 'r8_token_number_2', 'r8_token_number_3'], 'each is the same'
);
select is((select token from public.get_next_replicate_token()), 'r8_token_number_2', 'the app gets them still');
select pg_temp.submit(1);
select is((select c.token from basepool.claim_generations('tester', 1) as c), 'r8_token_number_3', 'and so do we');
insert into public.replicate_tokens (token) values ('r8_token_number_1') on conflict (token) do nothing;
select is((select count(*) from public.replicate_tokens), 3::bigint, 'who adds one again adds nothing');
insert into public.replicate_tokens (token) values ('r8_token_number_4');
select is((select count(*) from vault.secrets), 4::bigint, 'a new one goes there at once');
update public.replicate_tokens set is_active = true;
select is((select count(*) from vault.secrets), 4::bigint, 'whatever else is written');
select matches(basepool.secure_tokens(), '^0 tokens', 'again: nothing is left to move');
select isnt_empty(
  $$select from basepool.audit as a where a.action = 'tokens secure'$$, 'the audit has it'
);

select is(basepool.secure_tokens(p_undo => true), '4 tokens were moved back into public.replicate_tokens', 'and back');
select is((select count(*) from vault.secrets), 0::bigint, 'nothing stays in Vault');
select results_eq(
  $$select t.id, t.token from public.replicate_tokens as t where t.token <> 'r8_token_number_4' order by 1$$
  , 'select w.id, w.token from were as w order by 1', 'byte for byte'
);
insert into public.replicate_tokens (token) values ('r8_token_number_5');
select is((select count(*) from vault.secrets), 0::bigint, 'new ones stay in the table again');

-- one that Vault has lost
select basepool.secure_tokens();
update vault.secrets set opens = false
where id = (select min(o.id::text)::uuid from vault.secrets as o);
select is(
  basepool.secure_tokens(p_undo => true)
  , '4 tokens were moved back into public.replicate_tokens; 1 can''t be read from Vault, see basepool tokens list'
  , 'costs itself'
);
select is((select count(*) from vault.secrets), 1::bigint, 'and is not thrown away');

select * from finish();
rollback;
