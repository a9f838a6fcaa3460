-- webhooks come twice, late and in any order; what is known already or older changes nothing
begin;
select plan(12);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
create function pg_temp.apply(p_status text, p_webhook text, p_id text default 'p1') returns text
language sql as $$
  select basepool.apply_prediction(a.id, pg_temp.prediction(p_id, p_status, null, '["https://x/1.png"]'), 'webhook', p_webhook)
  from attempt as a
$$;

select is(pg_temp.apply('processing', 'w1'), 'applied', 'the start, before the answer to the create');
select is(
  basepool.record_submitted(a.id, pg_temp.prediction('p1', 'starting')), 'stale', 'the answer is older'
) from attempt as a;
select is(pg_temp.apply('processing', 'w1'), 'duplicate', 'the same webhook again');
select is(pg_temp.apply('processing', 'w2'), 'unchanged', 'the same said in another webhook');
select is(pg_temp.apply('queued-somewhere', 'w3'), 'applied', 'a status nobody knows is no error');
select is((select a.state from basepool._all_attempts() as a), 'running', 'and does not end anything');
select is(pg_temp.apply('succeeded', 'w4'), 'applied', 'the end');
select is(pg_temp.apply('succeeded', 'w4'), 'duplicate', 'again');
select is(pg_temp.apply('processing', 'w5'), 'stale', 'the start after the end');
select is(pg_temp.apply('failed', 'w6'), 'stale', 'another end after the end');
select throws_like($$select pg_temp.apply('succeeded', 'w7', 'p9')$$, 'prediction p9 belongs to another attempt than %');
select results_eq(
  'select g.status, g.output_urls from public.generations as g', $$values ('completed', array['https://x/1.png'])$$,
  'the generation is what it was'
);

select * from finish();
rollback;
