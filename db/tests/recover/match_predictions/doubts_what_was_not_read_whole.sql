-- what of a list could not be read proves nothing, where it may be ours; it stops nothing, and it is counted
begin;
select plan(18);
\ir ../../helpers.psql

select is(
  basepool._recognize_prediction(
    'acme/painter', '{"prompt": "a cat"}'
    , '{"model": "acme/painter", "version": "hidden", "input": {"prompt": "a cat"}}'::jsonb || p::jsonb
  ), v, p
)
from (
  values
  ('{"basepool_replaced": {"count": 1, "in": ["output"]}}', 'same')
  , ('{"basepool_replaced": {"count": 1, "in": ["input"]}, "input": null}', 'perhaps')
  , ('{"basepool_replaced": {"count": 1, "in": ["input"]}, "input": {"prompt": null}}', 'perhaps')
  , ('{"basepool_replaced": {"count": 1, "in": [""]}, "input": {"prompt": "a dog"}}', 'perhaps')
  , ('{"basepool_replaced": {"count": 1, "in": ["output"]}, "input": {"prompt": "a dog"}}', 'different')
  , ('{"basepool_replaced": "x", "input": {"prompt": "a dog"}}', 'different')
  , ('{"model": 5}', 'perhaps')
  , ('{"model": {"name": "acme/painter"}, "version": ["hidden"]}', 'perhaps')
) as c (p, v);

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_rejected(a.id, 'transport', null, 'timeout: no answer') from attempt as a;

-- searches of the attempt, one after the other: what a list shows, and what doubt it leaves
create function pg_temp.doubt(p_list jsonb) returns text language plpgsql as $$
declare
  v_search bigint;
  v_doubt text;
begin
  perform pg_temp.pass('5 minutes');
  select s.search_id into v_search from basepool.claim_searches('tester', 9) as s;
  if exists (select from basepool.match_predictions(v_search, p_list)) then
    return 'given';
  end if;
  select coalesce(l.doubt_prediction_id, 'none') into v_doubt from basepool.lost_attempts as l;
  perform basepool.conclude_search(v_search, false, 'not to be over yet');
  return v_doubt;
end
$$;
create function pg_temp.lost(p_list jsonb) returns jsonb language sql as $$
  select jsonb_agg(jsonb_build_object(
    'id', 'p1', 'model', 'acme/painter', 'version', 'hidden', 'input', '{"prompt": "a cat"}'::jsonb
    , 'created_at', (select l.leased_at from basepool.lost_attempts as l)
  ) || i.value) from jsonb_array_elements(p_list) as i
$$;
select is(pg_temp.doubt(pg_temp.lost(p::jsonb)), d, p)
from (
  values
  ('[{"created_at": "a while ago"}]', 'p1')
  , ('[{"created_at": null, "model": "acme/other"}]', 'none')
  , ('[{"id": {"a": 1}}]', 'without an id')
  , ('[{"input": null, "basepool_replaced": {"count": 1, "in": ["input"], "values": [{"at": "input", "was": "too large"}]}}]', 'p1')
  , ('[{"input": null, "model": "acme/other", "basepool_replaced": {"count": 1, "in": ["input"], "values": []}}]', 'none')
) as c (p, d);
select is(
  pg_temp.doubt('[{"basepool_replaced": {"count": 1, "in": [""], "values": [{"at": "", "was": "it is no object"}]}}, 5, null]')
  , 'without an id', 'of what is nothing at all it may be any');
select results_eq(
  'select s.skipped, s.skipped_what from basepool.searches as s where s.skipped > 0 order by s.id',
  $$values (1, 'prediction p1: input: too large'), (1, 'prediction p1: '), (1, 'prediction without an id: it is no object')$$,
  'each search says what it had not read whole'
);

-- a part of a page is no page
select pg_temp.pass('5 minutes');
create temporary table search as select * from basepool.claim_searches('tester', 9);
select is_empty($$select basepool.match_predictions(s.search_id, '[]') from search as s$$, 'the first part');
select is_empty($$select basepool.match_predictions(s.search_id, '[]', false) from search as s$$, 'another part');
select is(s.pages, 1, 'of one page') from basepool.searches as s
where s.ended_at is null;

select * from finish();
rollback;
