-- proved absent: tried again; the deadline has passed: once more; a cancelled one has nothing left to cancel
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.configure('{"cancel_after": "5 minutes"}');
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n, case s.n when 1 then 'acme/film' else 'acme/painter' end) as id
from generate_series(1, 3) as s (n);
select basepool.record_rejected(a.id, 'transport', null, 'reset: ReadError') from attempt as a;
select basepool.cancel_for_user(b.generation_id)
from attempt as a
inner join basepool._all_attempts() as b on a.id = b.id
where a.n = 3;
select pg_temp.pass('61 seconds');
create temporary table search as select * from basepool.claim_searches('tester', 9);
select basepool.match_predictions(s.search_id
  , jsonb_build_array(pg_temp.listed('p2', '{"prompt": "a cat", "seed": 1}', 'acme/film', p_age => '61 seconds')))
from search as s;
select set_eq(
  'select basepool.conclude_search(s.search_id, true) from search as s',
  'select a.id from attempt as a where a.n > 1', 'there is a doubt about one; the others are proved absent'
);
select is(
  basepool.record_not_found(a.id, s.search_id), 'retry 1', 'tried again'
) from attempt as a cross join search as s
where a.n = 2;
select results_eq(
  $$select b.state, b.error_rule, b.finished_at from attempt as a
  inner join basepool._all_attempts() as b on b.id = a.id where a.n = 2$$,
  $$values ('rejected', 'never-arrived', basepool.now())$$, 'its attempt is over, its seat is free'
);
select is(
  basepool.record_not_found(a.id, s.search_id), 'nothing to cancel', 'what was cancelled has come to nothing'
) from attempt as a cross join search as s
where a.n = 3;
select is(
  basepool.record_not_found(a.id, s.search_id), 'wait', 'a doubt is waited for'
) from attempt as a cross join search as s
where a.n = 1;
select is((select count(*) from basepool.claim_generations('tester', 9)), 1::bigint, 'only one was sent again');

select pg_temp.pass('5 minutes');
truncate search;
insert into search select * from basepool.claim_searches('tester', 9);
select results_eq(
  'select basepool.conclude_search(s.search_id, false) from search as s',
  'select a.id from attempt as a where a.n = 1', 'its deadline has passed'
);
select is(
  basepool.record_not_found(a.id, s.search_id), 'retry 1 of 1', 'so it is bought once more'
) from attempt as a cross join search as s
where a.n = 1;
select results_eq(
  $$select b.state, b.error_rule from attempt as a inner join basepool._all_attempts() as b on b.id = a.id where a.n = 1$$,
  $$values ('canceled', 'never-found')$$, 'and the books say so'
);

select * from finish();
rollback;
