-- however often it runs, and whatever changes later; who used what, and what it cost
begin;
select plan(15);
\ir ../../helpers.psql

select set_config('basepool.frozen_now', '2026-03-01 12:59:00+00', true);
select pg_temp.add_tokens(2);
insert into basepool.models (pattern, usd_per_run, usd_per_second) values ('acme/*', 0.5, 0.1);
create function pg_temp.counter(p_name text, p_label text default '', p_model text default '') returns double precision
language sql as $$
  select c.value from basepool.counters as c where c.name = p_name and c.label = p_label and c.model = p_model
$$;

select is(basepool._count_attempts(), 0, 'nothing yet');
select basepool.apply_prediction(
  pg_temp.start(1, 'acme/painter:' || repeat('ab', 32)), pg_temp.prediction('p1', 'succeeded', null, '"https://x/1"', 2.5), 'poll'
);
select basepool.apply_prediction(pg_temp.start(2), pg_temp.prediction('p2', 'failed', 'CUDA error', null, 1.5), 'poll');
select pg_temp.start(3);
select pg_temp.pass('2 minutes');
select basepool.record_rejected(pg_temp.start(4), 'http', 422, '{}');
select is(basepool._count_attempts(), 3, 'two tokens in one hour, one in the next');
select is(basepool._count_attempts(), 0, 'nothing new');
select results_eq(
  $$select u.hour, u.model, u.user_id, u.count, u.seconds, u.usd from basepool.usage_stats as u order by u.user_id$$,
  $$values
  ('2026-03-01 12:00:00+00'::timestamptz, 'acme/painter', pg_temp.user_id(1), 1, 2.5, 0.75)
  , ('2026-03-01 12:00:00+00', 'acme/painter', pg_temp.user_id(2), 1, 1.5, 0.65)$$, 'who used what; refused is not used'
);
select results_eq(
  'select sum(s.runs), sum(s.seconds), sum(s.usd) from basepool.spending as s', 'values (2::bigint, 4.0, 1.40)', 'the same in sum'
);
select results_eq(
  $$select m.minute, m.leased, m.succeeded, m.failed, m.rejected from basepool.minute_stats as m order by m.minute$$,
  $$values ('2026-03-01 12:59:00+00'::timestamptz, 2, 1, 1, 0), ('2026-03-01 13:01:00+00', 1, 0, 0, 1)$$, 'by the minute'
);
select is(
  (select jsonb_object_agg(s.state, s.value) from (
    select
c.label as state,
c.value
from basepool.counters as c
where c.name = 'attempts'
  ) as s), '{"failed": 1, "rejected": 1, "succeeded": 1}'::jsonb, 'by outcome'
);
select is(pg_temp.counter('seconds', '', 'acme/painter'), 4::double precision, 'seconds of a model, whatever its version');
select is(pg_temp.counter('rejections', 'input-invalid'), 1::double precision, 'what was refused, by rule');

-- it was cancelled, and Replicate had made it all the same
create temporary table third as select
g.id as generation,
s.attempt_id as attempt
from public.generations as g inner join basepool.seats as s on g.id = s.generation_id
where g.user_id = pg_temp.user_id(3);
select basepool.cancel_for_user(t.generation) from third as t;
select basepool._count_attempts();
select pg_temp.pass('3 hours');
select basepool._count_attempts();
select basepool._count_attempts();
select is((select sum(s.canceled) from basepool.token_stats as s), 1::bigint, 'cancelled');
select basepool.apply_prediction(t.attempt, pg_temp.prediction('p3', 'succeeded', null, '"https://x/3"', 10), 'poll')
from third as t;
select basepool._count_attempts() from generate_series(1, 2);
select results_eq(
  'select sum(s.leases), sum(s.canceled), sum(s.succeeded), sum(s.open), sum(s.predict_seconds) from basepool.token_stats as s',
  'values (4::bigint, 0::bigint, 2::bigint, 0::bigint, 14.0)', 'what changed later is taken out as it was, and added as it is'
);
select results_eq(
  'select sum(u.count), sum(u.seconds), sum(u.usd) from basepool.usage_stats as u', 'values (3::bigint, 14.0, 2.90)', 'and paid for'
);
select is_empty('select * from basepool.recounts', 'that is done');
select is(
  (select sum(s.leases) from basepool.token_stats as s), (select count(*) from basepool._all_attempts()), 'all that there is'
);
select is(basepool._count_attempts('1 minute'), 0, 'and not at once again, where it need not be');

select * from finish();
rollback;
