-- a user's attempts come generation by generation: those of one stay on one page, unless they are more than fit
begin;
select plan(6);
\ir ../../helpers.psql

select pg_temp.add_tokens(1, 10);
select pg_temp.submit(1);
select pg_temp.pass('1 second');
select pg_temp.submit(1);
insert into basepool.attempts
(
  id, generation_id, attempt_no, seat_id, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at, finished_at
)
select
  gen_random_uuid() as attempt_id,
  g.id,
  s.n,
  t.id * 1000 as seat_id,
  t.id as token_id,
  t.account_id,
  'rejected' as state,
  'w' as worker,
  'm' as model,
  0 as queue_tag,
  g.queued_at,
  g.queued_at as leased_at,
  g.queued_at as finished_at
from public.generations as g
cross join public.replicate_tokens as t
cross join generate_series(1, 4) as s (n);
update public.generations set created_at = queued_at;

create temporary table page as select
basepool.page_generations(f.filter, null, 6) as shown,
f.filter
from (select jsonb_build_object('tab', 'attempts', 'user_id', pg_temp.user_id(1)) as filter) as f;
select is(jsonb_array_length(p.shown -> 'rows'), 4, 'those of one') from page as p;
select is((p.shown ->> 'complete')::boolean, true, 'the page is full') from page as p;
select is(p.shown #>> '{rows,0,attempt_no}', '4', 'the last one first') from page as p;
update page set shown = basepool.page_generations(filter, shown ->> 'next', 6);
select is(jsonb_array_length(p.shown -> 'rows'), 4, 'those of the other') from page as p;
select is(p.shown -> 'next', 'null'::jsonb, 'that was all') from page as p;
select is(jsonb_array_length(basepool.page_generations(p.filter, null, 2) -> 'rows'), 2, 'no page is larger than was asked for')
from page as p;

select * from finish();
rollback;
