-- the pool, a model, an account or a user: what the command line does, under the operator's name
begin;
select plan(13);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
delete from basepool.audit;
select is(
  basepool.act_on_pool('anna', 'pause', 'pool', null, 'Replicate is down')
  , '{"action": "pause", "kind": "pool", "name": null, "says": "paused"}'
  , 'paused'
);
select pg_temp.submit();
select matches(
  (select c.reason from basepool.claim_generations('w', 1) as c)
  , '^the pool is paused by anna \(\w+\) since .* UTC: Replicate is down$', 'nothing is claimed, and it is said who wants it so'
);
select results_eq(
  $$select a.action, a.target, a.actor, a.details #>> '{is_paused,is}' from basepool.audit as a$$
  , $$values ('pause', 'pool', 'anna', 'true')$$, 'one row'
);
select is(basepool.act_on_pool('bob', 'resume', 'pool', '') ->> 'says', 'resumed', 'a name that is empty is none');
select is((select c.answer from basepool.claim_generations('w', 1) as c), 'lease', 'and goes on');
select is(basepool.act_on_pool('bob', 'resume', 'pool') ->> 'says', 'was not paused', 'once');
select results_eq(
  $$select a.actor, a.details #>> '{is_paused,was}' from basepool.audit as a where a.action = 'resume' order by a.id$$
  , $$values ('bob', 'true'), ('bob', null)$$, 'one row each'
);
select is(basepool.act_on_pool('anna', 'pause', 'model', 'acme/painter') ->> 'says', 'paused, 1 still in flight', 'a model');
select is(basepool.act_on_pool('anna', 'pause', 'account', 'sim-1') ->> 'name', 'sim-1', 'an account');
select throws_ok(
  $$select basepool.act_on_pool('anna', 'stop', 'pool')$$, 'PT400', 'the pool can''t be acted on by ''stop''', 'no such action'
);
select throws_ok($$select basepool.act_on_pool('anna', 'pause', 'galaxy', 'x')$$, 'PT400', null, 'no such kind');
select throws_ok($$select basepool.act_on_pool('anna', 'pause', null, null)$$, 'PT400', null, 'none');
select throws_ok(
  $$select basepool.act_on_pool('anna', 'pause', 'account', 'nobody')$$, 'PT404', 'there is no account ''nobody'''
  , 'no such account'
);

select * from finish();
rollback;
