-- the operator's word counts, whoever had switched the token off; so does the app's own update of is_active
begin;
select plan(6);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(1))[1] as id;
select basepool.record_rejected(pg_temp.start(1), 'http', 401, '{"title": "Unauthenticated"}');
select is((select state from basepool.list_tokens()), 'suspended', 'suspended');
select is(basepool.enable_token(p.id), 'enabled', 'enabled') from pool as p;
select results_eq(
  'select t.is_active, t.suspended_until, t.failure_streak from public.replicate_tokens as t',
  $$values (true, null::timestamptz, 0)$$,
  'for good'
);
select is(basepool.enable_token(p.id), 'is enabled already', 'once') from pool as p;
select throws_ok('select basepool.enable_token(null)', 'TP005', 'there is no token null');
update public.replicate_tokens
set is_active = false, suspended_at = basepool.now(), suspended_until = basepool.now() + interval '1 hour';
update public.replicate_tokens set is_active = true;
select is((select state from basepool.list_tokens()), 'ready', 'a plain update by the app does the same');

select * from finish();
rollback;
