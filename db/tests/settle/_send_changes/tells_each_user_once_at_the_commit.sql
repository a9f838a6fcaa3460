-- one message per user and transaction, on his own topic, with nothing in it but ids and statuses
begin;
select plan(21);
\ir ../../helpers.psql
\ir ../../realtime.psql

-- what happens at the commit; a test that is rolled back has none
create function pg_temp.commit() returns void
language plpgsql as $$
begin
  set constraints basepool.send_changes immediate;
  set constraints basepool.send_changes deferred;
end
$$;
create function pg_temp.messages(p_n integer) returns bigint
language sql as $$
  select count(*) from realtime.messages as m where m.topic = 'generations:' || pg_temp.user_id(p_n)
$$;
create function pg_temp.last_message(p_n integer) returns jsonb
language sql as $$
  select m.payload from realtime.messages as m where m.topic = 'generations:' || pg_temp.user_id(p_n)
  order by m.ctid desc limit 1
$$;

select pg_temp.add_tokens(1);
select pg_temp.submit(1);
select pg_temp.commit();
select is_empty('select * from realtime.messages', 'off as it comes: nothing is sent');
select is_empty('select * from basepool.unsent_changes', 'and nothing is noted');

select basepool.configure('{"realtime": true}');
create temporary table mine as select pg_temp.submit(1) as id from generate_series(1, 3);
create temporary table his as select pg_temp.submit(2) as id;
select is_empty('select * from realtime.messages', 'nothing is sent before the commit');
select pg_temp.commit();
select results_eq(
  'select m.topic, m.event, m.private, m.extension from realtime.messages as m order by m.topic', $$
    select 'generations:00000000-0000-4000-8000-00000000000' || s.n, 'changes', true, 'broadcast'
    from generate_series(1, 2) as s (n)
  $$, 'one message to each, on a private topic of his own'
);
select is(
  pg_temp.last_message(1), jsonb_build_object('v', 1, 'changes', (
    select jsonb_agg(jsonb_build_object('id', m.id, 'status', 'pending') order by m.id) from mine as m
  )), 'with all that changed, and no more of it'
);
select is(
  pg_temp.last_message(2), jsonb_build_object('v', 1, 'changes', (select jsonb_build_array(
    jsonb_build_object('id', h.id, 'status', 'pending')) from his as h)), 'to each his own'
);
select is_empty('select * from basepool.unsent_changes', 'what was sent is forgotten');

update public.generations as g set viewed = true, is_favorite = true, prompt = 'another', status = g.status;
select pg_temp.commit();
select is(pg_temp.messages(1), 1::bigint, 'what is no change of status is not told');

-- a life, by the functions of the glue
create temporary table leases as
select
  c.attempt_id,
  c.generation_id
from basepool.claim_generations('tester', 5) as c;
select pg_temp.commit();
select is(pg_temp.messages(1), 1::bigint, 'nor is a claim');
select outcome from basepool.record_answers((
  select jsonb_agg(jsonb_build_object('attempt', l.attempt_id, 'prediction', pg_temp.prediction('p' || l.attempt_id, 'starting')))
  from leases as l
));
select pg_temp.commit();
select is(pg_temp.messages(1) || ' ' || pg_temp.messages(2), '2 2', 'that they run');
select is(
  (select array_agg(distinct c.change ->> 'status') from jsonb_array_elements(pg_temp.last_message(1) -> 'changes') as c (change))
  , array['processing'], 'by their status'
);
select outcome from basepool.apply_predictions((
  select jsonb_agg(jsonb_build_object('attempt', l.attempt_id, 'source', 'poll', 'prediction'
    , pg_temp.prediction('p' || l.attempt_id, 'succeeded', null, '["https://replicate.delivery/x/out-0.webp"]')))
  from leases as l
));
select pg_temp.commit();
select is(pg_temp.messages(1) || ' ' || pg_temp.messages(2), '3 3', 'and that they are over, in one message for the set');
select is(jsonb_array_length(pg_temp.last_message(1) -> 'changes'), 4, 'each of them');
update public.generations as g set output_urls = array['https://example.com/' || g.id];
select pg_temp.commit();
select is(pg_temp.messages(1), 4::bigint, 'that its files were kept');

-- what it is at the commit counts
create temporary table short_lived as select pg_temp.submit(3) as id;
select basepool._cancel_generation(s.id) from short_lived as s;
select pg_temp.commit();
select is(
  pg_temp.last_message(3), (
    select jsonb_build_object('v', 1, 'changes', jsonb_build_array(jsonb_build_object('id', s.id, 'status', 'cancelled')))
    from short_lived as s
  ), 'one that changed twice is told once, as it is'
);
select pg_temp.submit(4);
delete from public.generations as g
where g.user_id = pg_temp.user_id(4);
select pg_temp.commit();
select is(pg_temp.messages(4), 0::bigint, 'one that is gone is not told');

-- many
insert into public.generations (user_id, action, model_id, model_name, replicate_model, status)
select
  pg_temp.user_id(5),
  'create',
  'm',
  'M',
  'acme/painter',
  'failed'
from generate_series(1, 500);
select pg_temp.commit();
select is(pg_temp.messages(5), 1::bigint, 'five hundred are one message');
select is(
  jsonb_build_object('changes', jsonb_array_length(pg_temp.last_message(5) -> 'changes'), 'more', pg_temp.last_message(5) -> 'more')
  , '{"changes": 80, "more": true}', 'which says that there are more'
);
select is_empty('select * from basepool.unsent_changes', 'nothing of them is left');

select basepool.configure('{"realtime": false}');
select pg_temp.submit(6);
select pg_temp.commit();
select is(pg_temp.messages(6), 0::bigint, 'off again');
select is(
  (select array_agg(distinct k.found[1] order by k.found[1]) from realtime.messages as m
  cross join lateral regexp_matches(m.payload::text, '"(\w+)":', 'g') as k (found))
  , array['changes', 'id', 'more', 'status', 'v'], 'no message had anything else in it'
);

select * from finish();
rollback;
