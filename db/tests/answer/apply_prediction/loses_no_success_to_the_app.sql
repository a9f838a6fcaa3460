-- the app fails a row that basepool runs: its success is delivered if it comes before the cancel, unless the setting says no
begin;
select plan(12);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 5) as s (n);
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'processing')) from attempt as a
where a.n <> 3;
create function pg_temp.fail(p_n integer) returns void
language sql as $$
  update public.generations set status = 'failed', error_message = 'Generation timed out' where user_id = pg_temp.user_id(p_n)
$$;
create function pg_temp.succeed(p_n integer) returns text
language sql as $$
  select basepool.apply_prediction(
    a.id, pg_temp.prediction('p' || a.n, 'succeeded', null, to_jsonb('https://x/' || a.n)), 'webhook', 'w' || a.n
  )
  from attempt as a where a.n = p_n
$$;
create function pg_temp.result(p_n integer) returns text
language sql as $$
  select concat_ws(' ', g.status, g.output_urls[1], g.error_message) from public.generations as g
  where g.user_id = pg_temp.user_id(p_n)
$$;

set local role service_role;
select pg_temp.fail(1);
reset role;
select is(pg_temp.succeed(1), 'delivered late', 'it was done before it could be cancelled');
select is(pg_temp.result(1), 'completed https://x/1', 'and is delivered');
select is_empty('select from basepool.claim_cancellations(9)', 'there is nothing to cancel any more');

-- somebody was at it, so that it could not be let go
alter table public.generations disable trigger let_go_of_failed;
select pg_temp.fail(2);
alter table public.generations enable trigger let_go_of_failed;
select is(pg_temp.succeed(2), 'delivered late', 'the success itself was being applied');
select is(pg_temp.result(2), 'completed https://x/2', 'it is delivered, too');

-- while its call is under way
select pg_temp.fail(3);
select is(pg_temp.succeed(3), 'delivered late', 'the answer to its create comes late');
select is(pg_temp.result(3), 'completed https://x/3', 'with all of it');

select basepool.configure('{"late_success_delivers": false}');
select pg_temp.fail(4);
select set_eq('select prediction_id from basepool.claim_cancellations(9)', array['p4'], 'with the setting off it is cancelled');
select is(pg_temp.succeed(4), 'late', 'and should it succeed all the same');
select is(pg_temp.result(4), 'failed Generation timed out', 'it stays as the app has it');

-- the app runs it again by itself
select basepool.configure('{"late_success_delivers": true}');
select pg_temp.fail(5);
update public.generations set status = 'processing', replicate_prediction_id = 'retry', started_at = basepool.now()
where user_id = pg_temp.user_id(5);
select is(
  (select g.queued_at from public.generations as g
where g.user_id = pg_temp.user_id(5)), null, 'then it is the app''s'
);
select is(pg_temp.succeed(5), 'late', 'and what was before is not written over it');

select * from finish();
rollback;
