-- a dry run fixes what will be done; it is done once, by whom has seen it, and to nothing that came after
begin;
select plan(30);
\ir ../../helpers.psql

select basepool.configure('{"user_active_limit": 1000}');
select pg_temp.add_tokens(2, 3);
create temporary table made as select * from unnest(pg_temp.submit_many(6)) with ordinality as m (id, nth);
-- 1 and 2 fail; 3 is in flight; 4 to 6 wait
select basepool.record_rejected(c.attempt_id, 'http', 422, '{"detail": "no"}')
from basepool.claim_generations('tester', 2) as c;
select count(*) from basepool.claim_generations('other', 1);
delete from basepool.audit;
select pg_temp.pass('1 second');

create temporary table seen as select basepool.act_on_generations('anna', 'retry', '{"tab": "failed"}') as run;
select is(run - array['dry_run', 'sample', 'until', 'expires_at']
  , '{"action": "retry", "matched": 2, "capped": false, "by": {"failed": 2}, "would": {"would be retried": 2}}'
  , 'what would be retried'
) from seen;
select is(jsonb_array_length(run -> 'sample'), 2, 'some of it') from seen;
select is((run ->> 'until')::timestamptz, basepool.now(), 'up to now') from seen;
select is_empty('select from public.generations as g where g.retry_of is not null', 'nothing was done');
select is_empty('select from basepool.audit', 'who looks leaves no row');

-- what fails in between is not taken
select basepool.record_rejected(s.attempt_id, 'http', 422, '{"detail": "no"}') from basepool.seats as s
where s.attempt_id is not null;
select pg_temp.pass('1 minute');
create function pg_temp.commit(p_actor text, p_filter jsonb default '{"tab": "failed"}', p_action text default 'retry')
returns jsonb
language sql as $$ select basepool.act_on_generations(p_actor, p_action, p_filter, (select run ->> 'dry_run' from seen)) $$;
select throws_ok($$select pg_temp.commit('bob')$$, 'TP068', 'the dry run is another operator''s', 'not by another');
select throws_ok($$select pg_temp.commit(null)$$, 'TP068', 'the dry run is another operator''s', 'nor by nobody');
select throws_ok(
  $$select pg_temp.commit('anna', '{"tab": "failed", "model": "a/b"}')$$, 'TP068', 'the dry run was of something else'
  , 'not with another filter'
);
select throws_ok(
  $$select pg_temp.commit('anna', '{"tab": "waiting"}', 'cancel')$$, 'TP068', 'the dry run was of something else'
  , 'nor for another action'
);
-- one of the two was retried by somebody else meanwhile
select basepool.retry_generations(array[m.id]) from made as m
where m.nth = 1;
delete from basepool.audit;
select is(
  pg_temp.commit('anna') - 'until', '{"action": "retry", "matched": 2, "done": {"retried": 1, "retried before": 1}, "error": null}'
  , 'done'
);
select is((select count(*) from public.generations as g
where g.retry_of is not null), 2::bigint, 'one more, and none of what failed since');
select results_eq(
  $$select a.action, a.target, a.actor, a.details -> 'was', a.details -> 'is', a.details -> 'filter' from basepool.audit as a$$
  , $$values ('retry', '2 generations', 'anna', '{"failed": 2}'::jsonb, '{"retried": 1, "retried before": 1}'::jsonb
  , '{"tab": "failed"}'::jsonb)$$, 'one row for all'
);
select throws_ok($$select pg_temp.commit('anna')$$, 'TP068', 'the dry run was carried out already', 'once');
select throws_ok(
  $$select basepool.act_on_generations('anna', 'retry', '{"tab": "failed"}', 'x')$$, 'TP068', 'the dry run is not known'
  , 'what is no dry run'
);
select throws_ok(
  $$select basepool.act_on_generations('anna', 'retry', '{"tab": "failed"}', gen_random_uuid()::text)$$, 'TP068'
  , 'the dry run is not known', 'or an unknown one'
);

-- cancel: what waits, and what is in flight
update seen set run = basepool.act_on_generations('anna', 'cancel', '{"tab": "waiting", "model": "acme/painter"}');
select is(run -> 'would', '{"would be cancelled": 5}', 'five wait, the two retries among them') from seen;
-- one is claimed, one is cancelled by its user, one can't be ended since the app says so
select count(*) from basepool.claim_generations('tester', 1);
select basepool.cancel_for_user(m.id) from made as m
where m.nth = 6;
create function public.app_says_no() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$;
create trigger app_says_no before update on public.generations for each row
when (old.user_id = '00000000-0000-4000-8000-000000000005' and new.status = 'cancelled') execute function public.app_says_no();
select is(
  pg_temp.commit('anna', '{"tab": "waiting", "model": "acme/painter"}', 'cancel') - 'until'
  , '{"action": "cancel", "matched": 5, "done": {"cancelled": 3, "is cancelled": 1, "failed": 1}, "error": "not this one"}'
  , 'each costs itself'
);
select is((select count(*) from basepool.queue), 1::bigint, 'what could not be ended goes on');
drop trigger app_says_no on public.generations;

-- too old
update seen set run = basepool.act_on_generations('anna', 'cancel', '{"tab": "waiting"}');
select pg_temp.pass('10 minutes');
select throws_ok(
  $$select pg_temp.commit('anna', '{"tab": "waiting"}', 'cancel')$$, 'TP068', 'the dry run is too old', 'ten minutes'
);

-- by id each says for itself
update seen set run = basepool.act_on_generations('anna', 'cancel', jsonb_build_object('ids', (
  select jsonb_agg(m.id order by m.nth) from made as m
)));
select is(run -> 'would', '{"is failed": 3, "is cancelled": 2, "would be cancelled": 1}', 'why it can''t be done') from seen;
select is(run ->> 'matched', '6', 'all that were named') from seen;
update seen set run = basepool.act_on_generations('anna', 'retry', jsonb_build_object('ids', (
  select jsonb_agg(m.id order by m.nth) from made as m
)));
select is(
  run -> 'would', '{"would be retried": 1, "retried before": 2, "is cancelled": 2, "is pending": 1}', 'nor retried'
) from seen;

-- what the app runs itself is the app's
insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
values (pg_temp.user_id(9), 'create', 'm', 'M', 'acme/painter', '{}');
select basepool.cut_over('*', 0);
with own as (
  insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
  values (pg_temp.user_id(8), 'create', 'm', 'M', 'acme/painter', '{}') returning id
)

select is(
  basepool.act_on_generations('anna', 'cancel', jsonb_build_object('ids', array[own.id])) -> 'would', '{"is run by the app": 1}'
  , 'by id'
) from own;
select is(
  basepool.act_on_generations('anna', 'cancel', jsonb_build_object('user_id', pg_temp.user_id(8))) ->> 'matched', '0'
  , 'nor by filter'
);
select is(basepool.act_on_generations('anna', 'cancel', '{"tab": "waiting"}', p_max => 1) ->> 'capped', 'true', 'there are more');
select is(basepool.act_on_generations('anna', 'cancel', '{"tab": "waiting"}', p_max => 1) ->> 'matched', '1', 'so many at most');

-- an app's rule of today refuses a retry of yesterday
alter table public.generations
add constraint not_of_painters check (replicate_model <> 'acme/painter' or status <> 'pending') not valid;
update seen set run = basepool.act_on_generations('anna', 'retry', jsonb_build_object('user_id', m.user_id)) from (
  select g.user_id from made as m
  inner join public.generations as g on m.id = g.id
  where g.status = 'failed' and not exists (select from public.generations as n
where n.retry_of = g.id)
) as m;
select is(run ->> 'matched', '1', 'one failed, and was not retried') from seen;
create temporary table refused as select basepool.act_on_generations('anna', 'retry', d.filter, d.id::text) as done
from basepool.dry_runs as d
inner join seen as s on (s.run ->> 'dry_run')::uuid = d.id;
select is(done -> 'done', '{"refused": 1}', 'refused') from refused;
select matches(done ->> 'error', 'not_of_painters', 'and why') from refused;

-- they go with the rest of the history
select pg_temp.pass('8 days');
select basepool._prune_history();
select is_empty('select from basepool.dry_runs', 'pruned');

select * from finish();
rollback;
