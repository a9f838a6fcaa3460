-- as many seats as max_in_flight, a sequence per token, and nothing that is in flight vanishes
begin;
select plan(8);
\ir ../../helpers.psql

create temporary table pool as select (pg_temp.add_tokens(1, 3))[1] as id;
select results_eq(
  'select s.id - 1000 * s.token_id, s.turn / 1000000 from basepool.seats as s order by 1',
  'values (0, 1::bigint), (1, 2), (2, 3)', 'three seats with a turn each'
);
create temporary table attempt as select pg_temp.start(1) as id;
select throws_ok(
  'delete from public.replicate_tokens where id = (select p.id from pool as p)', 'TP008',
  (select format('token %s has predictions in flight', p.id) from pool as p)
);
select basepool.limit_token(p.id, 1) from pool as p;
select is((select count(*) from basepool.seats), 1::bigint, 'what is free goes');
select basepool.limit_token(p.id, 2, 4) from pool as p;
select is((select count(*) from basepool.seats), 2::bigint, 'and comes');
select is(
  (select s.turn % 250000 from basepool.seats as s
where s.attempt_id is null), 0::bigint, 'with the turns of its weight'
);
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded'), 'poll') from attempt as a;
delete from public.replicate_tokens
where id = (select p.id from pool as p);
select is((select count(*) from basepool.seats), 0::bigint, 'with the token its seats are gone');
select hasnt_sequence('basepool', 'turns_' || p.id) from pool as p;
select is((select count(*) from basepool.attempts), 1::bigint, 'its history stays');

select * from finish();
rollback;
