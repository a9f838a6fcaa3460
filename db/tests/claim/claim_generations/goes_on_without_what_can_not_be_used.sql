-- a token whose secret is gone, or can't be opened, or can't be sent, costs itself: what it was to run goes to another
begin;
select plan(13);
\ir ../../helpers.psql
\ir ../../vault.psql

create temporary table pool as select pg_temp.add_tokens(4) as ids;
delete from vault.secrets as s using public.replicate_tokens as t, pool as p
where t.token = 'vault:' || s.id and t.id = p.ids[1];
update vault.secrets as s set opens = false from public.replicate_tokens as t, pool as p
where t.token = 'vault:' || s.id and t.id = p.ids[2];
update vault.secrets as s set secret = reverse(E'r8_token\nnumber_3') from public.replicate_tokens as t, pool as p
where t.token = 'vault:' || s.id and t.id = p.ids[3];
select pg_temp.submit_many(4);
create temporary table leases as select * from basepool.claim_generations('tester', 4);
select results_eq(
  $$select l.answer, l.token, l.reason from leases as l order by l.token_id$$,
  $$values
  ('lease', null, 'its secret is not in Vault any more'),
  ('lease', null, 'its secret can''t be read from Vault (SQLSTATE 22000)'),
  ('lease', null, 'its secret can''t stand in a header: it is too short or too long, or has spaces or unprintable characters in it'),
  ('lease', 'r8_token_number_4', null)$$,
  'the claim succeeds, and says what can''t be sent'
);
select results_eq(
  $$select r.outcome, r.rule from basepool.record_answers((
    select jsonb_agg(jsonb_build_object('attempt', l.attempt_id, 'source', 'transport', 'body', 'unusable: ' || l.reason))
    from leases as l where l.token is null
  )) as r$$,
  $$values ('retry', 'token-unusable'), ('retry', 'token-unusable'), ('retry', 'token-unusable')$$, 'it is given back'
);
select results_eq(
  'select l.state, l.reason from basepool.list_tokens() as l order by l.token_id',
  $$values
  ('suspended', 'unusable: its secret is not in Vault any more'),
  ('suspended', 'unusable: its secret can''t be read from Vault (SQLSTATE 22000)'),
  ('suspended', 'unusable: its secret can''t stand in a header: it is too short or too long, or has spaces or unprintable characters in it'),
  ('ready', null)$$,
  'those tokens rest, and the list says why'
);
select results_eq(
  $$select c.token from basepool.claim_generations('tester', 4) as c$$,
  'select ''r8_token_number_4'' from generate_series(1, 3)', 'the other token has the rest'
);
select is((select count(*) from basepool.attempts as a
where a.error_rule = 'token-unusable'), 3::bigint, 'the history knows');
select is(basepool.get_status() #>> '{tokens,0,reason}', 'unusable: its secret is not in Vault any more', 'so does the status');

-- nobody asks Replicate with what can't be sent, and it comes back once it can
select is_empty('select from basepool.claim_probes(10)', 'not due');
select pg_temp.pass('10 minutes');
select is_empty('select from basepool.claim_probes(10)', 'nothing to ask with');
select is(
  (select count(*) from basepool.list_tokens() as l
where l.state = 'suspended'), 3::bigint, 'they rest on'
);
update vault.secrets set opens = true;
select pg_temp.pass('40 minutes');
select results_eq(
  'select p.token_id from basepool.claim_probes(10) as p', 'select p.ids[2] from pool as p', 'what can be read again is asked about'
);
select is(basepool.record_probe(p.ids[2], 200), 'half-open', 'and tried') from pool as p;

-- the app's own calls get no other
select basepool.enable_token(p.ids[1]) from pool as p;
select results_eq(
  'select n.token from generate_series(1, 3) as s (n) cross join lateral public.get_next_replicate_token() as n',
  $$values ('r8_token_number_2'), ('r8_token_number_2'), ('r8_token_number_2')$$, 'get_next_replicate_token goes past it, too'
);
select is((select l.state from basepool.list_tokens() as l
order by l.token_id limit 1), 'suspended', 'and suspends it');

select * from finish();
rollback;
