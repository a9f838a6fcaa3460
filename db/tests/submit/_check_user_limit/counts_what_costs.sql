-- a place is free when its prediction has ended at Replicate, and no earlier; or when it must have ended
begin;
select plan(13);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
update basepool.settings set user_active_limit = 2;
create function pg_temp.refusal(p_n integer) returns text language plpgsql as $$
declare
  v_hint text;
begin
  perform pg_temp.submit(p_n);
  return null;
exception when sqlstate 'PT429' then
  get stacked diagnostics v_hint = pg_exception_hint;
  return sqlerrm || ': ' || v_hint;
end
$$;
create temporary table attempt as
select
  s.n,
  pg_temp.start(1) as id
from generate_series(1, 2) as s (n);
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'processing')) from attempt as a;
select is(
  pg_temp.refusal(1), '2 of 2 generations are active: Wait until one has finished, or cancel one.', 'two run'
);
select basepool.cancel_for_user(g.id) from public.generations as g;
select is(
  pg_temp.refusal(1)
  , '2 of 2 generations are active: Wait until one has finished; what was cancelled counts until it has ended at Replicate.'
  , 'cancelled, they still run there'
);
select is((select count(*) from basepool.claim_cancellations(9)), 2::bigint, 'Replicate is asked to end them');
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'processing'), 'cancel') from attempt as a
where a.n = 1;
select basepool.record_cancellation(a.id, 200) from attempt as a
where a.n = 1;
select isnt(pg_temp.refusal(1), null, 'that it has heard that is not the end');
select basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'canceled'), 'webhook', 'w1') from attempt as a
where a.n = 1;
select is(pg_temp.refusal(1), null, 'its end makes room');
select isnt(pg_temp.refusal(1), null, 'for one');
select is(pg_temp.refusal(2), null, 'nobody else is concerned');

-- what nobody can cancel any more
delete from public.generations
where user_id = pg_temp.user_id(1) and status = 'pending';
select pg_temp.pass('29 minutes');
select is(pg_temp.refusal(1), null, 'one place is free');
select isnt(pg_temp.refusal(1), null, 'the other one not yet');
select pg_temp.pass('1 minute 1 second');
select is(pg_temp.refusal(1), null, 'Replicate itself has ended it by now');

-- stuck ones: what waits is no cost, what may run is
update basepool.settings set cancel_after = '1 hour';
delete from public.generations;
delete from basepool.cancellations;
select pg_temp.submit(3) from generate_series(1, 2);
select pg_temp.pass('31 minutes');
update public.generations set created_at = basepool.now() - interval '31 minutes';
select is(pg_temp.refusal(3), null, 'two that are stuck on the queue keep nobody out');
delete from public.generations
where created_at <> basepool.now() - interval '31 minutes';
create temporary table lease as select c.* from basepool.claim_generations('tester', 9) as c;
select isnt(pg_temp.refusal(3), null, 'but they do when they are sent');
select pg_temp.pass('1 hour 1 minute 1 second');
select is(pg_temp.refusal(3), null, 'for as long as they can last');

select * from finish();
rollback;
