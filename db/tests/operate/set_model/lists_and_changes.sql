-- what is not said stays as it is; what makes no sense is refused
begin;
select plan(11);
\ir ../../helpers.psql

select is(basepool.set_model('acme/*', '{}') ->> 'credits', '1', 'listed');
select is(basepool.set_model('acme/*', '{"credits": 3, "timeout": "90 seconds"}') ->> 'timeout', '90.000000', 'changed');
select is(basepool.set_model('ACME/*', '{"max_per_user": 2}') ->> 'credits', '3', 'what is left out stays');
select is((select count(*) from basepool.models), 1::bigint, 'whatever the case of its letters');
select is(basepool.set_model('acme/*', '{"max_per_user": null}') ->> 'max_per_user', null, 'taken away');
select throws_ok($$select basepool.set_model('acme/*', '{"price": 1}')$$, 'PT400', 'a model has no ''price''');
select throws_ok(
  $$select basepool.set_model('acme/*', '{"credits": -1}')$$, 'PT400',
  'new row for relation "models" violates check constraint "models_credits_check"'
);
select throws_ok($$select basepool.set_model('a b', '{}')$$, 'PT400');
select throws_ok($$select basepool.set_model('acme/*', '{"timeout": "soon"}')$$, 'PT400');
select is(basepool.remove_model('acme/*'), 'removed; none is listed any more, so all are offered but deployments', 'removed');
select throws_ok($$select basepool.remove_model('acme/*')$$, 'PT404', 'no model is listed as ''acme/*''');

select * from finish();
rollback;
