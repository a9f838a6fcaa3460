-- what is looked for goes with its attempt to the account that is known now; a search in the former one proves nothing
begin;
select plan(7);
\ir ../../helpers.psql

create temporary table own as
select t.*
from (values ('r8_not_asked_yet', null), ('r8_moved', 'before')) as n (token, account)
cross join lateral basepool.add_token(n.token, n.account) as t;
create temporary table attempt as
select pg_temp.start(s.n) as id from generate_series(1, 2) as s (n);
select basepool.record_rejected(a.id, 'transport', null, 'reset: ReadError') from attempt as a;
select basepool.add_token('r8_known', 'known');
select pg_temp.pass('61 seconds');
create temporary table search as select * from basepool.claim_searches('tester', 9);
select set_eq('select s.account_id from search as s', 'select o.account_id from own as o', 'each is looked for in its own');
select set_eq(
  $$select r.account, r.tokens_of_account from own as o
  cross join lateral basepool.record_account(o.token_id, 'known', 'user', null) as r$$,
  $$values ('known', 2), ('known', 3)$$, 'which turn out to be one that is known'
);
select set_eq(
  'select a.username from basepool.accounts as a', array['known', 'before'], 'the account without a name is gone'
);
select is_empty(
  'select c from search as s cross join lateral basepool.conclude_search(s.search_id, true) as c', 'the searches prove nothing'
);
select is_empty(
  'select from basepool.searches as s where s.ended_at is null or s.is_complete', 'they are over'
);
truncate search;
insert into search select * from basepool.claim_searches('tester', 9);
select results_eq(
  'select a.username, s.attempts from search as s inner join basepool.accounts as a on a.id = s.account_id',
  $$values ('known', 2)$$, 'both are looked for in the other'
);
select set_eq(
  'select basepool.conclude_search(s.search_id, true) from search as s', 'select a.id from attempt as a', 'which is heard'
);

select * from finish();
rollback;
