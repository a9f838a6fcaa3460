-- a new secret: slots, leases, turn and history stay; another account's secret is refused
begin;
select plan(9);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(2))[1] as id;
select basepool.record_submitted(pg_temp.start(1), pg_temp.prediction('p1', 'processing'));
select throws_ok(
  $$select basepool.rotate_token(p.id, 'r8_a_new_secret', 'sim-2') from pool as p$$, 'TP004',
  (select format('the new secret belongs to sim-2, token %s to sim-1', p.id) from pool as p)
);
select throws_ok(
  $$select basepool.rotate_token(p.id, 'r8_token_number_2') from pool as p$$, 'TP006', 'this token is in the pool already'
);
select throws_ok($$select basepool.rotate_token(p.id, 'no') from pool as p$$, 'TP007');
select is(basepool.rotate_token(p.id, 'r8_a_new_secret', 'sim-1'), 'rotated', 'rotated') from pool as p;
select is((select count(*) from basepool._all_attempts() as a
where a.finished_at is null), 1::bigint, 'what is in flight goes on');
select pg_temp.pass('2 minutes');
select results_eq(
  $$select prediction_id, token from basepool.claim_checks(9)$$,
  $$values ('p1', 'r8_a_new_secret')$$,
  'with the new secret'
);
update public.replicate_tokens
set is_active = false, suspended_at = basepool.now(), suspended_until = basepool.now() + interval '1 hour';
select is(
  basepool.rotate_token(p.id, 'r8_another_secret'), 'rotated, and no longer suspended', 'a suspension was the old secret''s'
) from pool as p;
select is((select l.state from basepool.list_tokens() as l
where l.token_id = p.id), 'ready', 'it is back') from pool as p;
select throws_ok($$select basepool.rotate_token(-1, 'r8_some_secret')$$, 'TP005', 'there is no token -1');

select * from finish();
rollback;
