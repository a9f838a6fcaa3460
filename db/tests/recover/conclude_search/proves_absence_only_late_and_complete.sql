-- a list that was begun too early, or was not read to its end, proves nothing
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_rejected(a.id, 'transport', null, 'reset: ReadError') from attempt as a;
create function pg_temp.search(p_is_complete boolean, p_error text default null) returns setof uuid
language sql as $$
  select c from basepool.claim_searches('tester', 9) as s
  cross join lateral basepool.conclude_search(s.search_id, p_is_complete, p_error) as c
$$;

select pg_temp.pass('59 seconds');
select is_empty('select pg_temp.search(true)', 'a request may still be on its way');
select is(
  (select l.search_at - basepool.now() from basepool.lost_attempts as l), '1 second', 'it is looked for again when that is over'
);
select pg_temp.pass('1 second');
select is_empty($$select pg_temp.search(false, 'HTTP 500')$$, 'not read to its end');
select is((select a.error from basepool._all_attempts() as a), 'looking for it failed: HTTP 500', 'the attempt says why');
select pg_temp.pass('1 minute');
select results_eq('select pg_temp.search(true)', 'select id from attempt', 'complete, and late enough');
select pg_temp.pass('1 minute');
select pg_temp.search(true);
select throws_ok(
  $$select basepool.record_not_found(a.id, min(s.id)) from attempt as a cross join basepool.searches as s group by a.id$$,
  'TP023',
  (select format('attempt %s is no longer searched for by this search', a.id) from attempt as a),
  'an older search is refused'
);
select is(
  (
    select basepool.record_not_found(a.id, max(s.id)) from attempt as a
    cross join basepool.searches as s
    group by a.id
  ), 'retry 1', 'the newest is heard'
);

select results_eq(
  'select s.is_complete, s.error, s.ended_at is not null from basepool.searches as s order by s.id',
  $$values (true, null, true), (false, 'HTTP 500', true), (true, null, true), (true, null, true)$$, 'each is in the books'
);
select is_empty('select from basepool.lost_attempts', 'and nothing is looked for any more');

select * from finish();
rollback;
