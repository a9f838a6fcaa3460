-- the app cancels a row, deletes it, or deletes its user: what runs at Replicate is cancelled there, and the seat is free
begin;
select plan(19);
\ir ../../helpers.psql

create table public.app_users (id uuid primary key);
insert into public.app_users select pg_temp.user_id(s.n) from generate_series(1, 5) as s (n);
alter table public.generations add foreign key (user_id) references public.app_users on delete cascade;
create table public.heard (generation uuid, outcome text);
create function public.on_generation_settled(p_generation uuid, p_outcome text) returns void
language sql set search_path = '' as $$ insert into public.heard values (p_generation, p_outcome) $$;
create function pg_temp.open_for(p_n integer) returns bigint language sql as $$
  select count(*) from basepool.cancellations as c where c.user_id = pg_temp.user_id(p_n)
$$;

select pg_temp.add_tokens(1);
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 4) as s (n);
create temporary table own as
select
  a.n,
  s.generation_id as id
from attempt as a
inner join basepool.seats as s on a.id = s.attempt_id;
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'processing')) from attempt as a
where a.n < 4;

update public.generations as g set status = 'cancelled' from own as o
where g.id = o.id and o.n = 1;
delete from public.generations as g using own as o
where g.id = o.id and o.n = 2;
delete from public.app_users as u
where u.id = pg_temp.user_id(3);
select is((select count(*) from basepool.seats as s
where s.attempt_id is not null), 1::bigint, 'three seats are free');
select results_eq(
  'select a.prediction_id, a.state, a.decision from basepool.attempts as a order by 1',
  $$values ('p1', 'canceled', 'cancelled'), ('p2', 'canceled', 'its generation was deleted')
  , ('p3', 'canceled', 'its generation was deleted')$$, 'the history says why'
);
select results_eq(
  'select o.n, h.outcome from public.heard as h inner join own as o on o.id = h.generation order by 1',
  $$values (1, 'cancelled after start'), (2, 'cancelled after start'), (3, 'cancelled after start')$$
  , 'the hook hears of each, once'
);
select set_eq(
  'select prediction_id from basepool.claim_cancellations(9)', array['p1', 'p2', 'p3'], 'they are cancelled at Replicate'
);
select is(pg_temp.open_for(2), 1::bigint, 'each counts for its user, though it is gone');
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p2', 'canceled', null, null, 1.5), 'cancel'), 'late', 'one is confirmed'
) from attempt as a
where a.n = 2;
select is(pg_temp.open_for(2), 0::bigint, 'and counts no more');
select is((select a.predict_seconds from basepool.attempts as a
where a.prediction_id = 'p2'), 1.5, 'what it has cost is in the books');
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p3', 'succeeded', null, '"https://x/3.png"'), 'webhook', 'w3'), 'late'
  , 'another one was faster'
) from attempt as a
where a.n = 3;
select is(pg_temp.open_for(3), 0::bigint, 'that ends it, too');

-- while its call is under way
delete from public.generations as g using own as o
where g.id = o.id and o.n = 4;
select is((select count(*) from basepool.seats as s
where s.attempt_id is not null), 0::bigint, 'its seat is free');
select is(pg_temp.open_for(4), 1::bigint, 'it counts: it may come to be');
select is_empty($$select * from basepool.claim_cancellations(9)$$, 'there is nothing to cancel yet');
select is(
  (select r.decision from attempt as a
cross join lateral basepool.record_rejected(a.id, 'http', 422, '{}') as r
where a.n = 4), 'cancelled', 'Replicate has refused it'
);
select is(pg_temp.open_for(4), 0::bigint, 'so nothing runs');
select is_empty('select from basepool.lost_attempts', 'and nothing is looked for');

-- one that waits
select pg_temp.submit(5);
delete from public.generations
where user_id = pg_temp.user_id(5);
select is(pg_temp.open_for(5), 0::bigint, 'what was never sent costs nothing');
select is((select h.outcome from public.heard as h
left join own as o on h.generation = o.id
where o.id is null), 'cancelled before start', 'the hook hears that, too');
delete from public.generations;
select is((select count(*) from public.heard), 5::bigint, 'what is over is deleted in silence');

select * from finish();
rollback;
