-- the cleanup failed it, Replicate finished it after all: the user paid and gets it, unless the setting says no
begin;
select plan(8);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select
pg_temp.start(s.n) as id,
s.n
from generate_series(1, 3) as s (n);
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'starting')) from attempt as a;
select basepool.cancel_for_user(g.id) from public.generations as g
where g.user_id = pg_temp.user_id(3);
select pg_temp.pass('41 minutes');
select is(basepool._fail_stuck_generations(), 2, 'the cleanup has failed two');
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded', null, '"https://x/1.png"'), 'webhook', 'w1'),
  'delivered late', 'late, but delivered'
) from attempt as a
where a.n = 1;
select results_eq(
  $$select g.status, g.error_message, g.output_urls from public.generations as g where g.user_id = pg_temp.user_id(1)$$,
  $$values ('completed', null::text, array['https://x/1.png'])$$, 'the generation is complete'
);
select is(
  (select a.state from basepool._all_attempts() as a
where a.prediction_id = 'p1'), 'succeeded', 'and its attempt'
);
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p3', 'succeeded', null, '"https://x/3.png"'), 'webhook', 'w3'),
  'late', 'what the user cancelled stays cancelled'
) from attempt as a
where a.n = 3;
select is(
  (select g.status from public.generations as g
where g.user_id = pg_temp.user_id(3)), 'cancelled', 'indeed'
);

select basepool.configure('{"late_success_delivers": false}');
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p2', 'succeeded', null, '"https://x/2.png"'), 'webhook', 'w2'),
  'late', 'with the setting off it is not delivered'
) from attempt as a
where a.n = 2;
select is(
  (select g.status from public.generations as g
where g.user_id = pg_temp.user_id(2)), 'failed', 'and stays failed'
);

select * from finish();
rollback;
