-- many in one commit: those that can be are queued, the others say why not
begin;
select plan(5);
\ir ../../helpers.psql

create temporary table answers as
select r.*
from
  public.submit_generations(jsonb_build_array(
    jsonb_build_object('replicate_model', 'acme/painter', 'input', '{"prompt": "a cat"}'::jsonb, 'user_id', pg_temp.user_id(2))
    , jsonb_build_object('replicate_model', 'no model', 'input', '{}'::jsonb, 'user_id', pg_temp.user_id(1))
    , jsonb_build_object('replicate_model', 'acme/painter', 'input', '{"prompt": "b"}'::jsonb, 'user_id', pg_temp.user_id(1)
    , 'idempotency_key', 'k', 'prompt', 'bee', 'model_id', 'm')
    , jsonb_build_object('replicate_model', 'acme/painter', 'input', '{"prompt": "b"}'::jsonb, 'user_id', pg_temp.user_id(1)
    , 'idempotency_key', 'k')
    , jsonb_build_object('replicate_model', 'acme/painter', 'input', '{}'::jsonb, 'user_id', 'nobody'), '17'
  )) as r;
select results_eq(
  $$select nth, id is not null, error ->> 'code' from answers order by nth$$,
  $$values (1, true, null), (2, false, 'PT400'), (3, true, null), (4, true, null), (5, false, 'PT400'), (6, false, 'PT400')$$,
  'each its own answer'
);
select is((select count(distinct id) from answers), 2::bigint, 'the same key is the same generation');
select results_eq(
  'select g.prompt, g.model_id, g.status from public.generations as g order by 1',
  $$values ('a cat', 'acme/painter', 'pending'), ('bee', 'm', 'pending')$$, 'what was asked for'
);
select is((select count(*) from basepool.queue), 2::bigint, 'and it waits');
select throws_ok($$select * from public.submit_generations('{}')$$, 'PT400');

select * from finish();
rollback;
