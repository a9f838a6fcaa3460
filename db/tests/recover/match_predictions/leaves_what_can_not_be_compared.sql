-- a file rewritten, data removed, keys added: perhaps ours, so it is waited for; what certainly differs is not
begin;
select plan(14);
\ir ../../helpers.psql

select is(basepool._compare_inputs(o::jsonb, t::jsonb), v, o || ' / ' || t)
from (
  values
  ('{"a": 1}', '{"a": 1.0}', 'same'),
  ('{"a": 1}', '{"a": 2}', 'different'),
  ('{"a": [1, {"b": "x"}]}', '{"a": [1, {"b": "x"}]}', 'same'),
  ('{"a": [1]}', '{"a": [1, 2]}', 'different'),
  ('{"a": "data:image/png;base64,xx"}', '{"a": "https://replicate.delivery/x.png"}', 'perhaps'),
  ('{"a": "data:image/png;base64,xx", "p": "cat"}', '{"a": "https://replicate.delivery/x.png", "p": "dog"}', 'different'),
  ('{"a": 1}', '{"a": 1, "seed": 7}', 'perhaps'),
  ('{"a": "1"}', '{"a": 1}', 'perhaps')
) as c (o, t, v);
select is(basepool._recognize_prediction(m, '{"prompt": "a cat"}', p::jsonb || '{"input": {"prompt": "a cat"}}'), v, m || ' ' || p)
from (
  values
  ('acme/painter:' || repeat('a', 64), format('{"model": "acme/painter", "version": "%s"}', repeat('a', 64)), 'same'),
  (repeat('a', 64), format('{"model": "acme/painter", "version": "%s"}', repeat('b', 64)), 'different'),
  ('deployments/acme/painter', '{"model": "acme/x", "version": "hidden", "deployment": "acme/painter"}', 'same'),
  ('acme/painter', '{"model": "acme/painter", "version": "hidden", "data_removed": true}', 'perhaps')
) as c (m, p, v);

select pg_temp.add_tokens(1);
select basepool.record_rejected(pg_temp.start(1), 'transport', null, 'timeout: no answer');
select pg_temp.pass('2 minutes');
create temporary table search as select * from basepool.claim_searches('tester', 9);
select is_empty(
  $$select * from search as s cross join lateral basepool.match_predictions(s.search_id
    , jsonb_build_array(pg_temp.listed('p1', '{"prompt": "a cat", "seed": 1}', p_age => '2 minutes'))) as m$$,
  'it is given to nobody'
);
select results_eq(
  $$select c, a.state, l.doubt_prediction_id from search as s
  left join lateral basepool.conclude_search(s.search_id, true) as c on true
  cross join basepool._all_attempts() as a
  inner join basepool.lost_attempts as l on l.attempt_id = a.id$$,
  $$values (null::uuid, 'unknown', 'p1')$$, 'and proves nothing, however complete the list is'
);

select * from finish();
rollback;
