-- found, but applying it failed (the app's hook raised an error): it exists, so it is looked for again and not bought again
begin;
select plan(6);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create temporary table attempt as select pg_temp.start(1) as id;
select basepool.record_rejected(a.id, 'transport', null, 'reset: ReadError') from attempt as a;
create function public.on_generation_settled(g uuid, outcome text) returns void language plpgsql set search_path = ''
as $$ begin raise 'the ledger is closed'; end $$;
create function pg_temp.found(p_search bigint) returns setof text language sql as $$
  select m.prediction_id
  from basepool.match_predictions(p_search, jsonb_build_array(pg_temp.listed('p1', p_age => '61 s'))) as m
$$;

select pg_temp.pass('61 seconds');
create temporary table search as select * from basepool.claim_searches('tester', 9);
select results_eq('select pg_temp.found(s.search_id) from search as s', array['p1'], 'found');
select throws_like(
  format(
    $$select basepool.apply_prediction(%L, '{"id": "p1", "status": "succeeded", "output": "https://x/1.png"}', 'search')$$,
    a.id
  ), '%the ledger is closed%', 'not applied'
) from attempt as a;
select is_empty('select basepool.conclude_search(s.search_id, true) from search as s', 'nothing is proved');
drop function public.on_generation_settled(uuid, text);
select pg_temp.pass('4 seconds');
truncate search;
insert into search select * from basepool.claim_searches('tester', 9);
select results_eq('select pg_temp.found(s.search_id) from search as s', array['p1'], 'found again');
select is(
  basepool.apply_prediction(a.id, pg_temp.prediction('p1', 'succeeded', null, '"https://x/1.png"'), 'search'), 'applied',
  'and now it is applied'
) from attempt as a;
select is((select g.status from public.generations as g), 'completed', 'and completes it');

select * from finish();
rollback;
