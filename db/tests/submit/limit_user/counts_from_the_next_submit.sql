-- a limit of one's own, until the default counts again
begin;
select plan(12);
\ir ../../helpers.psql

select results_eq(
  'select l.max_active, l.was, l.is_default from basepool.limit_user(pg_temp.user_id(1)) as l', 'values (5, 5, true)'
  , 'who is not known has the default'
);
select is((select count(*) from basepool.user_limits), 0::bigint, 'looking makes no row');
select results_eq(
  'select l.user_id, l.max_active, l.was, l.is_default from basepool.limit_user(pg_temp.user_id(1), 1) as l',
  'values (pg_temp.user_id(1), 1, 5, false)',
  'one'
);
select lives_ok('select pg_temp.submit(1)', 'the first');
select throws_ok('select pg_temp.submit(1)', 'PT429', '1 of 1 generations are active');
select lives_ok('select pg_temp.submit(2)', 'others have theirs');
select results_eq(
  'select l.max_active, l.was, l.is_default from basepool.limit_user(pg_temp.user_id(1), 0) as l', 'values (0, 1, false)', 'none'
);
select results_eq(
  'select l.max_active, l.was, l.is_default from basepool.limit_user(pg_temp.user_id(1), null, true) as l', 'values (5, 0, true)'
  , 'the default'
);
select lives_ok('select pg_temp.submit(1)', 'the second');
select throws_ok('select basepool.limit_user(pg_temp.user_id(1), -1)', 'PT400', 'the limit is -1');
select throws_ok('select basepool.limit_user(null, 1)', 'PT400', 'the user is missing');
select throws_ok(
  'select basepool.limit_user(pg_temp.user_id(1), 1, true)', 'PT400', 'the limit is a number and the default, too'
);

select * from finish();
rollback;
