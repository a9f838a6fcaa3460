-- the families there are, their labels, and counters that only rise
begin;
select plan(12);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
create function pg_temp.metric(p_name text, p_labels jsonb default '{}') returns double precision language sql as $$
  select m.value from basepool.get_metrics() as m where m.name = p_name and m.labels = p_labels
$$;
select pg_temp.submit_many(5);
select basepool.claim_generations('a-worker', 3);
select basepool.record_submitted(s.attempt_id, pg_temp.prediction('p' || s.id, 'starting')) from basepool.seats as s
where s.attempt_id is not null;
select pg_temp.pass('31 minutes');
select is(pg_temp.metric('basepool_queue_waiting'), 2::double precision, 'what waits');
select is(pg_temp.metric('basepool_queue_oldest_seconds'), 1860::double precision, 'since when');
select is(pg_temp.metric('basepool_in_flight', '{"state": "running"}'), 3::double precision, 'what runs');
select is(pg_temp.metric('basepool_stuck'), 5::double precision, 'what is stuck');
select is(
  (select sum(m.value) from basepool.get_metrics() as m
where m.name = 'basepool_token_slots' and m.labels ->> 'kind' = 'used'), 3::double precision, 'the seats'
);
select basepool.apply_prediction(s.attempt_id, pg_temp.prediction('p' || s.id, 'succeeded', null, null, 2), 'webhook', 'w' || s.id)
from basepool.seats as s
where s.attempt_id is not null;
select basepool.run_job('rollup');
create temporary table before as select * from basepool.get_metrics();
select results_eq(
  $$select b.name, b.labels, b.value from before as b
  where b.kind = 'counter' and b.value > 0 order by b.name$$,
  $$values
  ('basepool_attempts_total', '{"model": "acme/painter", "outcome": "succeeded"}'::jsonb, 3::double precision)
  , ('basepool_predict_seconds_total', '{"model": "acme/painter"}', 6)
  , ('basepool_results_total', '{"source": "webhook"}', 3)
  , ('basepool_webhooks_total', '{"outcome": "applied"}', 3)$$, 'what is counted'
);
select results_eq(
  $$select b.value from before as b where b.name like 'basepool\_queue\_wait\_seconds\_%'
  and coalesce(b.labels ->> 'le', '+Inf') = '+Inf' order by b.name$$,
  'values (3::double precision), (3), (0)', 'the histogram: all, how many, and their sum'
);
select set_eq(
  $$select distinct l.label from before as b cross join lateral jsonb_object_keys(b.labels) as l (label)$$,
  array['state', 'token', 'account', 'kind', 'outcome', 'model', 'source', 'job', 'le'], 'no label that grows with users'
);
select is_empty(
  $$select b.name from before as b
  where b.labels::text ~ '00000000-0000-4000|a-worker' or b.labels::text ~ any(select 'p' || s.id || '"' from basepool.seats as s)$$
  , 'and nobody is named'
);

-- a year later all of it is pruned
select pg_temp.pass('1 year');
select basepool.run_job('rollup') from generate_series(1, 3);
select basepool.run_job('prune');
select is((select count(*) from basepool.attempts), 0::bigint, 'the history is gone');
select is_empty(
  $$select b.name from before as b
  left join basepool.get_metrics() as m on m.name = b.name and m.labels = b.labels
  where (b.kind = 'counter' or b.kind = 'histogram') and m.value is distinct from b.value$$, 'the counters are as they were'
);

-- a hundred models: the 50 most used, and the others together
insert into basepool.model_uses (model, uses) select
'acme/m' || s.n,
1000
from generate_series(1, 100) as s (n);
select basepool.add_token('r8_another_number_' || s.n, 'more-' || s.n, 'user') from generate_series(1, 98) as s (n);
insert into basepool.counters (name, label, model, value)
select
k.name,
k.label,
m.model,
1
from basepool.model_uses as m
cross join (
  values ('attempts', 'succeeded'), ('attempts', 'failed'), ('attempts', 'canceled'), ('attempts', 'aborted')
  , ('attempts', 'rejected'), ('seconds', '')
) as k (name, label)
on conflict do nothing;
insert into basepool.counters (name, label, model, value)
select
'rejections',
r.name,
'',
1
from basepool.error_rules as r;
select cmp_ok((select count(*) from basepool.get_metrics()), '<=', 2000::bigint, 'with 100 tokens at most 2000 series');

select * from finish();
rollback;
