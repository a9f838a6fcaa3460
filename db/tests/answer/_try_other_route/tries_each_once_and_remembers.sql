-- owner/name: the route of official models first, then the name as version, then the latest version; what works is remembered
begin;
select plan(16);
\ir ../../helpers.psql

select pg_temp.add_tokens(2);
create function pg_temp.refused(p_attempt uuid, p_status integer, p_body text default '') returns text
language sql as $$
  select r.decision || ' ' || r.rule from basepool.record_rejected(p_attempt, 'http', p_status, p_body) as r
$$;
create function pg_temp.claimed(out attempt uuid, out sent text)
language sql as $$
  select c.attempt_id, c.route || ' ' || c.target from basepool.claim_generations('tester', 1) as c
$$;

-- a community model
select pg_temp.submit(1);
select * from pg_temp.claimed() \gset
select is(:'sent'::text, 'models acme/painter', 'as if it were official');
select is(pg_temp.refused(:'attempt'::uuid, 404), 'retry other-route', 'not there: nothing was made');
select * from pg_temp.claimed() \gset
select is(:'sent'::text, 'predictions acme/painter', 'the name as version');
select is(
  pg_temp.refused(:'attempt'::uuid, 422, '{"title": "Invalid version or not permitted"}'), 'retry version-wanted', 'not taken'
);
select * from pg_temp.claimed() \gset
select is(:'sent'::text, 'latest acme/painter', 'its latest version');
select basepool.record_submitted(:'attempt', pg_temp.prediction('p1', 'processing'));
select pg_temp.submit(2);
select * from pg_temp.claimed() \gset
select is(:'sent'::text, 'latest acme/painter', 'the next generation goes there at once');
-- it became an official one
select is(pg_temp.refused(:'attempt'::uuid, 404), 'retry other-route', 'a memory can be wrong');
select * from pg_temp.claimed() \gset
select is(:'sent'::text, 'models acme/painter', 'and is forgotten');
select is_empty('select from basepool.model_routes', 'what is usual needs no row');

-- what does not exist anywhere
select is(pg_temp.refused(:'attempt'::uuid, 404), 'retry other-route', 'the last one left');
select * from pg_temp.claimed() \gset
select is(pg_temp.refused(:'attempt'::uuid, 404), 'fail not-found', 'final after each was tried');
select is_empty('select from basepool.model_routes', 'nothing is remembered of it');

-- an error of the input is one on every route, and what has a version has one route
select is(
  pg_temp.refused(pg_temp.start(3), 422, '{"title": "Input validation failed", "detail": "- input.version: must be 1"}')
  , 'fail input-invalid', 'the input'
);
select is(
  pg_temp.refused(pg_temp.start(4, 'acme/painter:' || repeat('0a', 32)), 404), 'fail not-found', 'a version that is not there'
);
insert into basepool.models (pattern) values ('*'), ('deployments/*');
select is(pg_temp.refused(pg_temp.start(5, 'deployments/acme/fast'), 404), 'fail not-found', 'a deployment');

-- it is learnt anew now and then
select pg_temp.refused(pg_temp.start(6), 404);
select pg_temp.pass('7 days 1 minute');
select basepool._prune_history();
select is_empty('select from basepool.model_routes', 'an old memory goes');

select * from finish();
rollback;
