-- an app's function that fails keeps nobody from being deleted; it is told later
begin;
select plan(8);
\ir ../../helpers.psql

create table public.heard (generation uuid, outcome text, details jsonb);
create function public.on_generation_settled(p_generation uuid, p_outcome text, p_details jsonb) returns void
language plpgsql set search_path = '' as $$ begin raise exception 'no such account'; end $$;
select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_submitted(a.id, pg_temp.prediction('p1', 'processing')) from attempt as a;
select lives_ok('delete from public.generations', 'it is deleted');
select results_eq(
  'select u.outcome, u.details ->> ''cost_credits'', u.reason from basepool.unsettled as u',
  $$values ('cancelled after start', '1', 'public.on_generation_settled failed: no such account')$$, 'what was to be told is noted'
);
select is((select count(*) from basepool.claim_cancellations(9)), 1::bigint, 'what runs is cancelled all the same');
select pg_temp.pass('5 seconds');
select is(basepool.settle_again(), 0, 'it still fails');
create or replace function public.on_generation_settled(p_generation uuid, p_outcome text, p_details jsonb) returns void
language sql set search_path = '' as $$ insert into public.heard values (p_generation, p_outcome, p_details) $$;
select pg_temp.pass('1 minute');
select is(basepool.settle_again(), 1, 'it works again');
select results_eq(
  'select h.outcome, (h.details ->> ''user_id'')::uuid from public.heard as h',
  $$values ('cancelled after start', pg_temp.user_id(1))$$, 'and has heard of it, with whose it was'
);
select is_empty('select from basepool.unsettled', 'once');

-- for a user who is gone it may fail for ever
create or replace function public.on_generation_settled(p_generation uuid, p_outcome text, p_details jsonb) returns void
language plpgsql set search_path = '' as $$ begin raise exception 'no such account'; end $$;
select pg_temp.submit(2);
delete from public.generations;
select pg_temp.pass('1 day 1 minute');
set local client_min_messages = error;
select basepool.settle_again();
select is_empty('select from basepool.unsettled', 'it is given up after a day');

select * from finish();
rollback;
