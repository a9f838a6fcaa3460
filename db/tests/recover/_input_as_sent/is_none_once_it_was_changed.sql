-- an input that the app has changed meanwhile proves nothing: what was paid for had another
begin;
select plan(9);
\ir ../../helpers.psql

select pg_temp.add_tokens(1);
create function pg_temp.searched(p_input jsonb) returns table (given bigint, doubt text)
language plpgsql as $$
declare
  v_search bigint;
begin
  perform pg_temp.pass('2 hours');
  v_search := (select s.search_id from basepool.claim_searches('tester', 9) as s);
  given := (select count(*) from basepool.match_predictions(v_search
    , jsonb_build_array(pg_temp.listed('p' || v_search, p_input
      , p_age => basepool.now() - (select l.leased_at from basepool.lost_attempts as l)))));
  doubt := (select l.doubt_prediction_id from basepool.lost_attempts as l where l.search_id = v_search);
  perform basepool.conclude_search(v_search, true);
  return next;
end
$$;

select basepool.record_rejected(pg_temp.start(1), 'transport', null, 'timeout: no answer');
select isnt((select l.input_hash from basepool.lost_attempts as l), null, 'what was sent is known');
select is(
  (select basepool._input_as_sent(g.replicate_input, l.input_hash)
  from public.generations as g cross join basepool.lost_attempts as l)
  , '{"prompt": "a cat"}', 'and is there still'
);
select is((select s.given from pg_temp.searched('{"prompt": "a dog"}') as s), 0::bigint, 'another one is not it');
select is((select l.doubt_prediction_id from basepool.lost_attempts as l), null, 'for certain');

update public.generations set replicate_input = '{"prompt": "a dog"}';
select is((select s.given from pg_temp.searched('{"prompt": "a dog"}') as s), 0::bigint, 'what looks like it now is not it');
select isnt((select l.doubt_prediction_id from basepool.lost_attempts as l), null, 'but who knows');
select isnt((select s.doubt from pg_temp.searched('{"prompt": "a cat"}') as s), null, 'and what it was may be it');
update public.generations set replicate_input = jsonb_build_object('a', repeat('x', 2000000));
select isnt((select s.doubt from pg_temp.searched('{"prompt": "a cat"}') as s), null, 'whatever it is now');

-- one that is cancelled while it is sent
select basepool.cancel_for_user(g.id) from public.generations as g;
delete from basepool.lost_attempts;
select pg_temp.start(2);
select basepool.cancel_for_user(g.id) from public.generations as g
where g.user_id = pg_temp.user_id(2);
select is(
  (select basepool._input_as_sent('{"prompt": "a cat"}', l.input_hash) from basepool.lost_attempts as l)
  , '{"prompt": "a cat"}', 'a cancelled one is looked for by what was sent, too'
);

select * from finish();
rollback;
