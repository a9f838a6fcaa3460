-- what waits of the pattern is the app's again; what is in flight, and what another pattern is about, stays
begin;
select plan(17);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.cut_over('film/*', 100);
create temporary table them as
select
  s.n,
  pg_temp.submit(s.n, case when s.n > 4 then 'film/maker' else 'acme/painter' end) as id
from generate_series(1, 6) as s (n);
create temporary table lease as select c.* from basepool.claim_generations('tester', 1) as c;
select is(
  basepool.give_back('acme/*'), '{"given_back": 3, "busy": 0, "cursor": null}'::jsonb, 'three of four wait'
);
select results_eq(
  $$select t.n, g.status, g.queued_at is null from them as t inner join public.generations as g on g.id = t.id order by t.n$$,
  $$values (1, 'pending', false), (2, 'pending', true), (3, 'pending', true), (4, 'pending', true), (5, 'pending', false)
  , (6, 'pending', false)$$, 'the first one is in flight'
);
select is((select count(*) from basepool.queue), 2::bigint, 'they are off the queue');
select is(
  basepool.give_back('*'), '{"given_back": 0, "busy": 0, "cursor": null}'::jsonb, 'a more specific pattern keeps its own'
);
select is(
  (select a.details ->> 'generations' from basepool.audit as a
where a.action = 'give back'), '3', 'it is written down, once'
);

-- what is in flight ends here, by another try, too
select basepool.record_rejected(l.attempt_id, 'transport', null, 'connect: no') from lease as l;
select is((select count(*) from basepool.queue), 3::bigint, 'it is tried again');
select pg_temp.pass('1 minute');
select basepool.apply_prediction(c.attempt_id, pg_temp.prediction('p1', 'succeeded'), 'poll')
from basepool.claim_generations('tester', 9) as c inner join them as t on c.generation_id = t.id
where t.n = 1;
select is(
  (select pg_temp.status(t.id) from them as t
where t.n = 1), 'completed', 'and completed'
);

-- in steps
select pg_temp.submit(s.n) from generate_series(11, 12) as s (n);
create temporary table step as select basepool.give_back('*', p_max => 1) as said;
select is((select s.said ->> 'given_back' from step as s), '1', 'one at a time');
select isnt((select s.said ->> 'cursor' from step as s), null, 'and where to go on');
insert into step select basepool.give_back('*', (select (s.said ->> 'cursor')::uuid from step as s), 1);
select is((select sum((s.said ->> 'given_back')::integer) from step as s), 2::bigint, 'until all are back');
select is((select count(*) from basepool.queue), 0::bigint, 'none waits');

-- the app runs it as its own
update public.generations set status = 'processing', replicate_prediction_id = 'of-the-app'
where id = (
  select t.id from them as t
where t.n = 2
);
update public.generations set status = 'completed'
where replicate_prediction_id = 'of-the-app';
select is((select pg_temp.status(t.id) from them as t
where t.n = 2), 'completed', 'which ends as the app says');
select is((select count(*) from basepool.cancellations), 0::bigint, 'nothing of it is left to be cancelled');

select throws_ok($$select basepool.give_back('a b')$$, 'PT400', '''a b'' stands for no models');
select throws_ok($$select basepool.give_back(null)$$, 'PT400', 'null stands for no models');
select lives_ok($$select basepool.give_back('acme/%')$$, 'a percent sign is a star');
select is(
  basepool.give_back('nobody/*'), '{"given_back": 0, "busy": 0, "cursor": null}'::jsonb, 'nothing waits'
);

select * from finish();
rollback;
