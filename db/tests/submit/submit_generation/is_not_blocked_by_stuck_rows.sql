-- a user with stale rows is not told "limit reached" until a cleanup has run
begin;
select plan(3);
\ir ../../helpers.psql

select lives_ok('select pg_temp.submit(1) from generate_series(1, 5)', 'five are admitted');
select pg_temp.pass('29 minutes');
select throws_ok('select pg_temp.submit(1)', 'PT429', '5 of 5 generations are active');
select pg_temp.pass('1 minute 1 second');
select lives_ok('select pg_temp.submit(1)', 'what is past its time does not count');

select * from finish();
rollback;
