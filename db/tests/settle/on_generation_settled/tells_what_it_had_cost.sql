-- with a third argument the hook hears what was started, what it took and what that comes to
begin;
select plan(9);
\ir ../../helpers.psql

create table public.heard (generation uuid, outcome text, details jsonb);
create function public.on_generation_settled(p_generation uuid, p_outcome text) returns void
language sql set search_path = '' as $$ insert into public.heard values (p_generation, 'the old one', null) $$;
create function public.on_generation_settled(p_generation uuid, p_outcome text, p_details jsonb) returns void
language sql set search_path = '' as $$ insert into public.heard values (p_generation, p_outcome, p_details) $$;
create function pg_temp.heard(p_n integer) returns text language sql as $$
  select concat_ws(' | ', h.outcome, h.details ->> 'cost_credits', h.details ->> 'credits', coalesce(h.details ->> 'seconds', '-')
    , h.details ->> 'attempts', coalesce(h.details ->> 'prediction_id', '-')
    , (h.details ->> 'started_at')::timestamptz = g.queued_at)
  from public.heard as h
  inner join public.generations as g on g.id = h.generation
  where g.user_id = pg_temp.user_id(p_n)
$$;
insert into basepool.models (pattern, credits, seconds_per_credit, outputs_per_credit) values
('acme/painter', 3, null, null), ('acme/film', 5, 2, null), ('acme/many', 2, null, 2);
select pg_temp.add_tokens(1);

select basepool.cancel_for_user(pg_temp.submit(1));
select is(pg_temp.heard(1), 'cancelled before start | 3 | 0 | - | 0 | -', 'what was never sent came to nothing');
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n, m.model) as id
from (
  values (2, 'acme/painter'), (3, 'acme/film'), (4, 'acme/many'), (5, 'acme/film'), (6, 'acme/film'), (7, 'acme/painter')
) as s (n, model)
cross join lateral (select s.model) as m;
select basepool.cancel_for_user(s.generation_id) from basepool.seats as s
inner join attempt as a on s.attempt_id = a.id
where a.n = 2;
select is(pg_temp.heard(2), 'cancelled after start | 3 | 3 | - | 1 | - | t', 'a call under way has begun');
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'processing')) from attempt as a
where a.n in (3, 5, 6);
select basepool.apply_prediction(a.id, pg_temp.prediction('p3', 'succeeded', null, '"https://x/1"', 7.5), 'poll') from attempt as a
where a.n = 3;
select is(pg_temp.heard(3), 'completed | 5 | 4 | 7.5 | 1 | p3 | t', 'a credit for each two seconds');
select basepool.apply_prediction(
  a.id, pg_temp.prediction('p4', 'succeeded', null, '["https://x/1", "https://x/2", "https://x/3"]', 1), 'poll'
) from attempt as a
where a.n = 4;
select is(pg_temp.heard(4), 'completed | 2 | 2 | 1 | 1 | p4 | t', 'a credit for each two files');
select basepool.apply_prediction(a.id, pg_temp.prediction('p5', 'failed', 'flagged (E005)', null, 3), 'poll') from attempt as a
where a.n = 5;
select is(pg_temp.heard(5), 'failed | 5 | 2 | 3 | 1 | p5 | t', 'what failed says what it took');

-- several attempts
select basepool.apply_prediction(a.id, pg_temp.prediction('p6', 'failed', 'overloaded (E003)', null, 4), 'poll') from attempt as a
where a.n = 6;
select is(pg_temp.heard(6), null, 'it is tried again');
select basepool.cancel_for_user(q.generation_id) from basepool.queue as q;
select is(pg_temp.heard(6), 'cancelled after start | 5 | 2 | 4 | 1 | p6 | t', 'what has run before is no longer nothing');
select basepool.record_rejected(a.id, 'http', 422, '{}') from attempt as a
where a.n = 7;
select is(pg_temp.heard(7), 'failed | 3 | 3 | - | 1 | - | t', 'what Replicate refused has taken nothing');
select is((select count(*) from public.heard as h
where h.outcome = 'the old one'), 0::bigint, 'the form with details is called, and no other');

select * from finish();
rollback;
