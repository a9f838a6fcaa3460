-- the app's own calls: in turn with the leases, within the account's limit, and an error with a reason instead of no row
begin;
select plan(9);
\ir ../../helpers.psql

create temporary table pool as select pg_temp.add_tokens(3, 10) as ids;
select results_eq(
  $$select array_agg((n.next_one).id order by n.nth)
  from (select s.nth, public.get_next_replicate_token() as next_one from generate_series(1, 7) as s (nth)) as n$$,
  $$select p.ids || p.ids || p.ids[1] from pool as p$$, 'round and round'
);
select basepool._roll_up();
select results_eq(
  'select t.request_count from public.replicate_tokens as t order by t.id', $$values (3), (2), (2)$$, 'credited to those used'
);
select is(
  (select n.token from public.get_next_replicate_token() as n), 'r8_token_number_2', 'with its secret'
);
select pg_temp.submit(1);
select is(
  (select c.token_id from basepool.claim_generations('tester', 1) as c),
  (select p.ids[3] from pool as p),
  'one round with the leases'
);

update basepool.limiters set creates_spent = basepool._microseconds(basepool.now() + interval '10 minutes');
select throws_ok('select public.get_next_replicate_token()', 'PT503', 'every token is busy');
select basepool.disable_token(i.id) from pool as p cross join lateral unnest(p.ids) as i (id);
select throws_ok('select public.get_next_replicate_token()', 'PT503', 'no token is usable');
set local role authenticated;
select throws_ok(
  'select public.get_next_replicate_token()', '42501', 'permission denied for function get_next_replicate_token'
);
reset role;
set local role service_role;
select throws_ok('select public.get_next_replicate_token()', 'PT503', 'no token is usable');
-- an app that was there before us
reset role;
update basepool.settings set adopted = true;
set local role service_role;
set local client_min_messages = error;
select is_empty('select * from public.get_next_replicate_token()', 'where the app was there before, no row, as it was used to');
reset role;

select * from finish();
rollback;
