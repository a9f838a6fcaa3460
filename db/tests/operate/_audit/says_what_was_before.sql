-- each command that changes something says what it was and what it is, so that it can be undone; what changes nothing says so
begin;
select plan(14);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(1))[1] as id;
create function pg_temp.said(p_action text) returns jsonb language sql as $$
  select a.details from basepool.audit as a where a.action = p_action order by a.id desc limit 1
$$;

select basepool.disable_token(p.id) from pool as p;
select is(pg_temp.said('tokens disable'), '{"is_active": {"was": true, "is": false}}', 'a token is disabled');
select basepool.disable_token(p.id) from pool as p;
select is(pg_temp.said('tokens disable'), '{}', 'or was already');
select basepool.enable_token(p.id) from pool as p;
select is(pg_temp.said('tokens enable'), '{"is_active": {"was": false, "is": true}}', 'and enabled');
select basepool.limit_token(p.id, 20, null, 300, 5) from pool as p;
select is(
  pg_temp.said('tokens limit') - 'creates_per_minute'
  , '{"max_in_flight": {"was": 10, "is": 20}, "burst": {"is": 5}}', 'limits: what was none is missing'
);
select is(pg_temp.said('tokens limit') -> 'creates_per_minute' ->> 'is', '300', 'those of its account, too');
select basepool.pause('model', 'acme/painter', null, 'new prices', 'anna');
select is(
  pg_temp.said('pause') - 'paused_by', '{"is_paused": {"was": false, "is": true}, "reason": {"is": "new prices"}}', 'a pause'
);
select basepool.resume('model', 'acme/painter');
select is(
  pg_temp.said('resume') - 'paused_by', '{"is_paused": {"was": true, "is": false}, "reason": {"was": "new prices"}}', 'its end'
);
select basepool.pause('account', 'sim-1', basepool.now() + interval '1 hour');
select ok(pg_temp.said('pause') -> 'until' ? 'is', 'of an account until when');
select basepool.set_model('acme/*', '{"credits": 3}');
select is(pg_temp.said('models set') -> 'pattern', '{"is": "acme/*"}', 'a model is listed');
select basepool.set_model('acme/*', '{"credits": 4}');
select is(pg_temp.said('models set'), '{"credits": {"was": 3, "is": 4}}', 'changed');
select basepool.remove_model('acme/*');
select is(pg_temp.said('models remove') -> 'credits', '{"was": 4}', 'and removed');
select basepool.set_budget('sim-1', '{"usd": 9}');
select is(pg_temp.said('budgets set'), '{"usd": {"is": 9}}', 'a budget');
select basepool.cancel_for_user(pg_temp.submit());
select is(
  pg_temp.said('cancel'), '{"outcome": "cancelled", "status": {"was": "pending", "is": "cancelled"}}', 'a cancel'
);
select basepool.remove_token(p.id) from pool as p;
select is(pg_temp.said('tokens remove') -> 'max_in_flight', '{"was": 20}', 'a token that goes: what it had');

select * from finish();
rollback;
