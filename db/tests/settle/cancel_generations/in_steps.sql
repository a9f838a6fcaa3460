-- looked at first, then done in steps: what was there when it was looked at, and nothing else
begin;
select plan(17);
\ir ../../helpers.psql

select throws_ok('select basepool.cancel_generations()', 'PT400', 'nothing says which generations to cancel');
select throws_ok(
  'select basepool.cancel_generations(pg_temp.user_id(1), p_all => true)', 'PT400', 'all, and yet only some'
);
select is(
  basepool.cancel_generations(p_all => true) - 'cursor', '{"sent": 0, "users": 0, "models": [], "waiting": 0}'::jsonb, 'nothing'
);

select pg_temp.add_tokens(1);
create temporary table made as
select
  s.n,
  pg_temp.submit(s.n, case when s.n > 3 then 'acme/painter:' || repeat('a', 64) else 'acme/painter' end) as id
from generate_series(1, 5) as s (n);
select pg_temp.submit(1, 'acme/other');
update public.generations as g set created_at = basepool.now() - interval '1 minute' * (9 - m.n) from made as m
where m.id = g.id;
select basepool.claim_generations('tester', 2);
-- the app's own
insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, replicate_prediction_id)
values (pg_temp.user_id(1), 'create', 'm', 'M', 'acme/painter', 'processing', 'of the app');
select pg_temp.pass('1 second');

create temporary table looked as select basepool.cancel_generations(p_model => 'acme/painter') as at;
select is(
  l.at - 'cursor'
  , jsonb_build_object(
    'waiting', 3, 'sent', 2, 'users', 5, 'models', jsonb_build_array(
      jsonb_build_object('model', 'acme/painter', 'waiting', 1, 'sent', 2, 'users', 3)
      , jsonb_build_object('model', 'acme/painter:' || repeat('a', 64), 'waiting', 2, 'sent', 0, 'users', 2)
    )
  )
  , 'a model with its versions, and what was sent'
) from looked as l;
select is((select count(*) from public.generations as g
where g.status = 'cancelled'), 0::bigint, 'looking changes nothing');
select is(
  basepool.cancel_generations(pg_temp.user_id(1), 'acme/painter') - 'cursor' - 'models'
  , '{"sent": 1, "users": 1, "waiting": 0}'::jsonb
  , 'of one user'
);
select is(
  basepool.cancel_generations(pg_temp.user_id(1)) - 'cursor' - 'models', '{"sent": 1, "users": 1, "waiting": 1}'::jsonb
  , 'of one user, any model'
);

-- what comes in after the look
select pg_temp.pass('1 second');
create temporary table late as select pg_temp.submit(9) as id;
update public.generations as g set created_at = basepool.now() from late as l
where l.id = g.id;
create temporary table first_step as
select basepool.cancel_generations(p_model => 'acme/painter', p_dry_run => false, p_cursor => l.at -> 'cursor', p_max => 3) as said
from looked as l;
select is(
  f.said - 'cursor', '{"busy": 0, "sent": 2, "error": null, "failed": 0, "cancelled": 3}'::jsonb, 'the oldest three'
) from first_step as f;
create temporary table second_step as
select basepool.cancel_generations(
  p_model => 'acme/painter', p_dry_run => false, p_cursor => f.said -> 'cursor', p_max => 3
) as said
from first_step as f;
select is(
  s.said, '{"busy": 0, "sent": 0, "error": null, "failed": 0, "cursor": null, "cancelled": 2}'::jsonb, 'the rest, and that is all'
) from second_step as s;
select is_empty(
  $$select m.n from made as m where pg_temp.status(m.id) <> 'cancelled'$$, 'all of them are cancelled'
);
select is((select pg_temp.status(l.id) from late as l), 'pending', 'not what came later');
select is((select g.status from public.generations as g
where g.replicate_prediction_id = 'of the app'), 'processing', 'not what the app runs');
select is((select count(*) from public.generations as g
where g.replicate_model = 'acme/other' and g.status = 'pending'), 1::bigint, 'no other model');
select is((select count(*) from basepool.seats as s
where s.attempt_id is not null), 0::bigint, 'their seats are free');
select is((select count(*) from basepool.cancellations), 2::bigint, 'and are to be cancelled at Replicate');
select is((select count(*) from basepool.queue), 2::bigint, 'what waits is what was left');
select is((select sum((a.details ->> 'cancelled')::integer) from basepool.audit as a
where a.action = 'cancel'), 5::bigint, 'and it is known who did it');

select * from finish();
rollback;
