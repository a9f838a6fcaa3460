-- many in one commit: each has its own outcome, in its place, and what is wrong with one changes nothing for the others
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
create temporary table attempt as
select
  s.n,
  pg_temp.start(s.n) as id
from generate_series(1, 5) as s (n);
select basepool.record_submitted(a.id, pg_temp.prediction('p' || a.n, 'starting')) from attempt as a;
create function pg_temp.item(p_n integer, p_prediction jsonb, p_source text default 'poll', p_webhook text default null)
returns jsonb language sql as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'attempt', (select a.id from attempt as a where a.n = p_n), 'prediction', p_prediction, 'source', p_source
    , 'webhook_id', p_webhook
  ))
$$;
create temporary table answers as
select r.*
from
  basepool.apply_predictions(jsonb_build_array(
    pg_temp.item(1, pg_temp.prediction('p1', 'succeeded', null, '["https://x/1.png"]'), 'webhook', 'w1')
    , pg_temp.item(2, pg_temp.prediction('p1', 'succeeded'))
    , '{"attempt": "nonsense", "source": "poll"}', '17'
    , pg_temp.item(3, pg_temp.prediction('p3', 'failed', 'CUDA error'))
    , pg_temp.item(4, '{"id": "p4"}')
    , pg_temp.item(4, pg_temp.prediction('p4', 'processing'), 'rumour')
    , pg_temp.item(5, pg_temp.prediction('p5', 'processing'), 'webhook', 'w5')
    , pg_temp.item(5, pg_temp.prediction('p5', 'succeeded', null, '["https://x/5.png"]'), 'webhook', 'w6')
    , pg_temp.item(1, pg_temp.prediction('p1', 'succeeded'), 'webhook', 'w1')
  )) as r;
select results_eq(
  $$select nth, outcome, error ->> 'code' from answers order by nth$$,
  $$values (1, 'applied', null), (2, null, 'TP002'), (3, null, 'PT400'), (4, null, 'PT400'), (5, 'applied', null)
  , (6, null, 'PT400'), (7, null, 'PT400'), (8, 'applied', null), (9, 'applied', null), (10, 'duplicate', null)$$,
  'each its own outcome'
);
select is_empty(
  $$select from answers where error is not null and coalesce(error ->> 'message', '') = ''$$, 'errors have a message'
);
select results_eq(
  $$select g.status from attempt as a cross join lateral basepool._find_attempt(a.id) as f
  inner join public.generations as g on g.id = f.generation_id order by a.n$$,
  $$values ('completed'), ('processing'), ('failed'), ('processing'), ('completed')$$, 'the generations'
);
select results_eq(
  $$select webhook_id, outcome from basepool.webhook_events order by 1$$,
  $$values ('w1', 'applied'), ('w5', 'applied'), ('w6', 'applied')$$, 'the inbox'
);

-- what the app's hook refuses costs that one
create function public.on_generation_settled(generation uuid, outcome text) returns void language plpgsql as $$
begin
  if exists (select from public.generations as g where g.id = generation and g.user_id = pg_temp.user_id(2)) then
    raise exception 'no such account';
  end if;
end
$$;
select results_eq(
  $$select nth, outcome, error ->> 'code' from basepool.apply_predictions(jsonb_build_array(
    pg_temp.item(2, pg_temp.prediction('p2', 'succeeded')), pg_temp.item(4, pg_temp.prediction('p4', 'succeeded'))))$$,
  $$values (1, 'applied', null), (2, 'applied', null)$$, 'a hook that fails keeps no attempt from its end'
);
select is((select count(*) from basepool.unsettled), 1::bigint, 'and one generation from its own');
select is_empty('select * from basepool.apply_predictions(''[]'')', 'none');
select throws_ok($$select * from basepool.apply_predictions('{}')$$, 'PT400');
select throws_ok(
  $$select * from basepool.apply_predictions((select jsonb_agg(n) from generate_series(1, 1001) as s (n)))$$, 'PT400'
);

select * from finish();
rollback;
