-- who has something in flight can't go: nobody could cancel or ask for it; afterwards it goes and its history stays
begin;
select plan(8);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(1))[1] as id;
create temporary table attempt as select pg_temp.start(1) as id;
select throws_ok(
  $$select basepool.remove_token(p.id) from pool as p$$, 'TP008', (select format('token %s has 1 in flight', p.id) from pool as p)
);
select is(basepool.disable_token(p.id), 'disabled, 1 still in flight', 'it drains') from pool as p;
select
    results_eq(
        'select state, reason from basepool.list_tokens()', $$values ('draining', 'disabled, 1 still in flight')$$, 'visibly'
    );
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded'), 'poll') from attempt as a;
select is(basepool.remove_token(p.id), 'removed', 'then it goes') from pool as p;
select is_empty('select from public.replicate_tokens', 'and is gone');
select is((select a.token_id from basepool._all_attempts() as a), (select p.id from pool as p), 'what it did is still known');
select throws_ok(
  $$select basepool.remove_token(p.id) from pool as p$$, 'TP005', (select format('there is no token %s', p.id) from pool as p)
);
select is_empty('select from basepool.seats', 'nor are its seats left');

select * from finish();
rollback;
