-- the review's two monitoring queries, word for word
begin;
select plan(4);
\ir ../../helpers.psql

select pg_temp.add_tokens(3);
select pg_temp.submit_many(5);
select basepool.claim_generations('tester', 4);
update public.generations set created_at = now() - interval '31 minutes'
where user_id in (pg_temp.user_id(1), pg_temp.user_id(5));
select basepool._roll_up();
set local search_path = public;
select results_eq(
  $$select count(*) from generations where status in ('pending','processing') and created_at < now() - interval '30 minutes'$$,
  'values (2::bigint)', 'two are stuck'
);
select results_eq(
  $$select q.* from (
    select id, is_active, request_count, error_count from replicate_tokens order by request_count desc
  ) as q order by q.request_count desc, q.id$$, -- of those with as many any may come first
  $$select t.id, true, case when t.id = (select min(m.id) from replicate_tokens as m) then 2 else 1 end, 0
  from replicate_tokens as t order by t.id$$, 'the tokens and what they did'
);
reset search_path;
update public.generations set created_at = now() - interval '41 minutes'
where user_id in (pg_temp.user_id(1), pg_temp.user_id(5));
select is(basepool._fail_stuck_generations(), 2, 'the cleanup');
select basepool._roll_up();
set local search_path = public;
select results_eq(
  $$select count(*) from generations where status in ('pending','processing') and created_at < now() - interval '30 minutes'$$,
  'values (0::bigint)', 'none is stuck'
);
reset search_path;

select * from finish();
rollback;
