-- what failed keeps its attempts and reasons; running it again is a new generation, once, beyond the user's limit
begin;
select plan(12);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
select basepool.configure('{"user_active_limit": 1}');
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 3) as s (n);
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'starting')) from attempt as a;
update basepool.error_rules set max_retries = 0;
select basepool.apply_prediction(a.id, pg_temp.prediction('p' || a.n, 'failed'
  , case a.n when 1 then 'high demand (E003)' else 'flagged (E005) (x1)' end), 'poll')
from attempt as a
where a.n < 3;
select pg_temp.submit(1);

select throws_ok('select basepool.retry_generations()', 'PT400', 'nothing says which generations to retry', 'all is too much');
select results_eq(
  $$select r.outcome, r.error from basepool.retry_generations(p_error => 'E003', p_since => '1 hour', p_dry_run => true) as r$$,
  $$values ('would be retried', 'high demand (E003)')$$, 'by the code in the error'
);
select results_eq(
  $$select r.outcome from basepool.retry_generations(p_error => 'flagged', p_dry_run => true) as r$$,
  $$values ('would be retried')$$, 'or by the name of its rule'
);
select is((select count(*) from public.generations), 4::bigint, 'a dry run runs nothing');
create temporary table retried as select * from basepool.retry_generations(p_error => 'E003', p_since => '1 hour');
select results_eq('select r.outcome from retried as r', $$values ('retried')$$, 'retried, although the user has his limit active');
select results_eq(
  $$select g.status, g.replicate_input, g.cost_credits, q.generation_id is not null
  from retried as r inner join public.generations as g on g.id = r.retried_as
  left join basepool.queue as q on q.generation_id = g.id$$,
  $$values ('pending', '{"prompt": "a cat"}'::jsonb, 0, true)$$, 'as a new one with the same input, at no price'
);
select results_eq(
  $$select g.status, a.error_rule from retried as r inner join public.generations as g on g.id = r.generation_id
  inner join basepool._all_attempts() as a on a.generation_id = g.id$$,
  $$values ('failed', 'high-demand')$$, 'the first one keeps its end, its attempts and reasons'
);
select results_eq(
  $$select r.outcome, r.retried_as from basepool.retry_generations(p_error => 'E003') as r$$,
  $$select 'retried before', r.retried_as from retried as r$$, 'once'
);
select throws_ok(
  'select pg_temp.submit(1)', 'PT429', '2 of 1 generations are active', 'the user''s limit is what it was'
);
select pg_temp.pass('1 minute');
select is_empty(
  $$select * from basepool.retry_generations(p_error => 'E005', p_since => '59 seconds')$$,
  'not what failed earlier'
);
select results_eq(
  $$select r.outcome from basepool._all_attempts() as a cross join lateral basepool.retry_generations(array[a.generation_id]) as r
  where a.prediction_id = 'p3'$$,
  $$values ('is processing')$$, 'what has not failed is not run again'
);
select is((select count(*) from basepool.queue), 2::bigint, 'nothing else was queued');

select * from finish();
rollback;
