-- an operator's act on a token is the command line's, under his name: one row in the audit, with what was and what is
begin;
select plan(29);
\ir ../../helpers.psql

create temporary table pool as select pg_temp.add_tokens(2) as ids;
delete from basepool.audit;
create function pg_temp.act(p_action text, p_value integer default null, p_nth integer default 1) returns jsonb
language sql as $$ select basepool.act_on_token('anna', (select p.ids[p_nth] from pool as p), p_action, p_value) $$;
create function pg_temp.last() returns basepool.audit
language sql as $$ select a.* from basepool.audit as a order by a.id desc limit 1 $$;

select is(pg_temp.act('disable') ->> 'says', 'disabled', 'disabled');
select is((select l.state from basepool.list_tokens() as l
order by l.token_id limit 1), 'disabled', 'for the claim, too');
select results_eq(
  'select l.action, l.actor, l.login, l.details from pg_temp.last() as l'
  , $$values ('tokens disable', 'anna', 'postgres', '{"is_active": {"was": true, "is": false}}'::jsonb)$$, 'and known by whom'
);
select is(pg_temp.act('enable') #>> '{token,is_active}', 'true', 'enabled');
select is((select l.actor from pg_temp.last() as l), 'anna', 'by her');
select is(pg_temp.act('limit', 20) ->> 'says', '20 in flight at once', 'limited');
select is((select l.details from pg_temp.last() as l), '{"max_in_flight": {"was": 10, "is": 20}}', 'from, to');
select is((select count(*) from basepool.audit), 3::bigint, 'one row each');
-- nobody else's row has her name
select basepool.disable_token(p.ids[2]) from pool as p;
select is((select l.actor from pg_temp.last() as l), null, 'what follows in the same transaction is not hers');
select is(current_setting('basepool.actor', true), '', 'nothing is left of it');
select is(basepool.act_on_token(null, (select p.ids[2] from pool as p), 'enable') ->> 'says', 'enabled', 'nobody is named');
select is((select l.actor from pg_temp.last() as l), null, 'then the login is who');

-- probe
select is(pg_temp.act('probe') ->> 'says', 'there is nothing to ask: it is ready', 'nothing to ask');
select is((select l.action from pg_temp.last() as l), 'tokens probe', 'is known as well');
select basepool.limit_token(p.ids[2], 1) from pool as p;
select basepool.disable_token(p.ids[1]) from pool as p;
select is(pg_temp.act('probe') ->> 'says', 'there is nothing to ask: it is disabled', 'nor of one that is disabled');
select basepool.record_rejected(pg_temp.start(1), 'http', 401, '{"title": "Unauthenticated"}');
update public.replicate_tokens as t set suspended_until = basepool.now() + interval '1 hour', probed_at = basepool.now()
where t.suspended_until is not null;
select is_empty('select from basepool.claim_probes(9)', 'a suspended one is asked about when it is due');
select matches(
  pg_temp.act('probe', null, 2) ->> 'says', '^Replicate is asked: no worker is heard of: start basepool work, or run'
  , 'nobody is there to ask'
);
select isnt_empty('select from basepool.claim_probes(9)', 'whoever comes asks at once');
select basepool.heartbeat('w', '1', 1, 'waits', 1, 1, true);
select is(
  pg_temp.act('probe', null, 2) ->> 'says', 'Replicate is asked: the workers do it in their next turn, within seconds'
  , 'a worker is'
);
select basepool.enable_token(p.ids[2]) from pool as p;
select basepool.record_rejected(pg_temp.start(2), 'http', 402, '{"title": "Insufficient credit", "status": 402}');
update basepool.accounts as a set cooldown_until = basepool.now() + interval '1 hour'
where a.credit = 'none';
select is_empty('select from basepool.claim_probes(9)', 'an account without credit is asked about every minute');
select matches(pg_temp.act('probe', null, 2) ->> 'says', '^Replicate is asked: ', 'by a token of it');
select isnt_empty('select from basepool.claim_probes(9)', 'and at once');

-- what can't be done is said, and done to nothing
delete from basepool.audit;
select throws_ok($$select pg_temp.act('delete')$$, 'PT400', 'a token can''t be acted on by ''delete''', 'no such action');
select throws_ok('select pg_temp.act(null)', 'PT400', 'a token can''t be acted on by null', 'none');
select throws_ok($$select pg_temp.act('limit')$$, 'PT400', 'the limit is missing', 'a limit without one');
select throws_ok($$select pg_temp.act('enable', 5)$$, 'PT400', 'enable takes no value', 'a value too many');
select throws_ok($$select basepool.act_on_token('anna', 999, 'disable')$$, 'TP005', 'there is no token 999', 'no such token');
select throws_ok(
  $$select basepool.act_on_token(E'anna\nmallory', 1, 'disable')$$, 'PT400'
  , 'the operator ''anna mallory'' has no name that could be kept', 'a name of two lines'
);
select is_empty('select from basepool.audit', 'and leaves no row');

select * from finish();
rollback;
