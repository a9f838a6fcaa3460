-- a filter that no index serves ends a page after some rows; it says so, and the next one goes on behind them
begin;
select plan(7);
\ir ../../helpers.psql

insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, settled_at, created_at)
select
  pg_temp.user_id(1),
  'create',
  'm',
  'M',
  case s.n when 2300 then 'acme/rare' else 'acme/painter' end,
  'failed',
  now(),
  now() - s.n * interval '1 second'
from generate_series(1, 2400) as s (n);

create temporary table page as select basepool.page_generations('{"tab": "failed", "model": "acme/rare"}') as shown;
select is(p.shown -> 'rows', '[]', 'nothing yet') from page as p;
select is((p.shown ->> 'complete')::boolean, false, 'but not all was looked at') from page as p;
update page set shown = basepool.page_generations('{"tab": "failed", "model": "acme/rare"}', shown ->> 'next');
select is(jsonb_array_length(p.shown -> 'rows'), 1, 'there it is') from page as p;
select is((p.shown ->> 'complete')::boolean, true, 'and that was all') from page as p;
select is(p.shown -> 'next', 'null'::jsonb, 'there is no more') from page as p;
select is(p.shown #> '{tabs,failed}', '{"count": 1000, "capped": true}', 'nor are more counted than are worth it') from page as p;
select is(
  (
    select count(*) from jsonb_array_elements(
      basepool.page_generations('{"tab": "failed", "model": "acme/painter"}', null, 100) -> 'rows'
    )
  ), 100::bigint, 'what is frequent fills its page'
);

select * from finish();
rollback;
