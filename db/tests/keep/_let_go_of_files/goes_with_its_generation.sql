-- whoever deletes a generation, its files leave the store; the rows stay until they have. What was never there is forgotten at once
begin;
select plan(17);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select
  n.name,
  pg_temp.complete(n.nth::integer) as id
from unnest(array['waiting', 'stored', 'storing', 'failed', 'slow']) with ordinality as n (name, nth);
update basepool.output_files set again_at = 'infinity';
create function pg_temp.id(p_name text) returns uuid
language sql as $$select o.id from own as o where o.name = p_name$$;
create function pg_temp.take(p_name text) returns uuid
language plpgsql as $$
begin
  update basepool.output_files as f set again_at = null where f.generation_id = pg_temp.id(p_name);
  return pg_temp.claim();
end
$$;
select pg_temp.record(pg_temp.stored(pg_temp.take('stored')));
select pg_temp.record(pg_temp.failed(pg_temp.take('failed'), 'too_large'));
create temporary table leases as
select
  pg_temp.take('storing') as storing,
  pg_temp.take('slow') as slow;
create temporary table results as
select
  pg_temp.stored(l.storing) as storing,
  pg_temp.stored(l.slow) as slow
from leases as l;
delete from public.generations;
select results_eq(
  $$select o.name, f.state, f.again_at - basepool.now()
  from own as o inner join basepool.output_files as f on f.generation_id = o.id order by o.name$$,
  $$values ('slow', 'deleting', interval '30 seconds'), ('stored', 'deleting', interval '0 seconds')
  , ('storing', 'deleting', interval '30 seconds')$$,
  'what is in the store, or may be'
);
select is_empty('select basepool.renew_output_files(array[l.storing, l.slow]) from leases as l', 'their workers hear of it');
select results_eq(
  'select c.generation_id, c.nth, c.key, c.thumb_key from basepool.claim_deleted_files(9) as c',
  $$select o.id, 1, k.hint || '.webp', k.hint || '-thumb.webp' from own as o
  cross join lateral (select basepool._key_hint(pg_temp.user_id(2), o.id, 1) as hint) as k where o.name = 'stored'$$,
  'one is known to be there'
);
select is_empty('select basepool.claim_deleted_files(9)', 'it is leased');

-- a worker was done with one before it heard of it
select is((select pg_temp.record(r.storing) from results as r), 'lost', 'its result comes too late');
select is(
  (select c.key like '%/1.webp' from basepool.claim_deleted_files(9) as c), true, 'but what it has put there is to be deleted'
);
select pg_temp.pass('30 seconds');
select is(
  (select count(*) from basepool.claim_deleted_files(9)), 2::bigint, 'leases end'
);
select is_empty(
  $$select from own as o inner join basepool.output_files as f on f.generation_id = o.id where o.name = 'slow'$$
  , 'what its worker never spoke of again is left to the list of the store'
);

-- the store is asked
select results_eq(
  $$select r.outcome from basepool.record_deleted_files((
    select jsonb_agg(jsonb_build_object(
      'generation_id', f.generation_id, 'nth', f.nth, 'ok', f.generation_id = pg_temp.id('stored'), 'error', E'HTTP\n503'
    ) order by f.generation_id = pg_temp.id('stored')) from basepool.output_files as f
  )) as r$$,
  $$values ('waiting'), ('deleted')$$, 'one it has deleted, and one not'
);
select results_eq(
  'select f.error, f.tries, f.again_at - basepool.now() from basepool.output_files as f',
  $$values ('HTTP 503', 1, interval '10 seconds')$$, 'that is tried again'
);
select pg_temp.pass('10 seconds');
select basepool.record_deleted_files(jsonb_agg(jsonb_build_object('generation_id', c.generation_id, 'nth', c.nth, 'ok', false)))
from basepool.claim_deleted_files(9) as c;
select is((select f.again_at - basepool.now() from basepool.output_files as f), '20 seconds', 'the pauses double');
update basepool.output_files set tries = 30;
select basepool.record_deleted_files(jsonb_agg(jsonb_build_object('generation_id', f.generation_id, 'nth', f.nth, 'ok', false)))
from basepool.output_files as f;
select is((select f.again_at - basepool.now() from basepool.output_files as f), '1 hour', 'up to an hour');
select results_eq(
  $$select r.outcome from basepool.record_deleted_files(
    '[3, {}, {"generation_id": "00000000-0000-4000-8000-000000000000", "nth": 1, "ok": true}]'
  ) as r$$,
  $$values ('lost'), ('lost'), ('lost')$$, 'of which nobody knows'
);

-- where they are to stay
update basepool.settings set keep_files_of_deleted = true;
delete from basepool.output_files;
delete from own;
insert into own select
  n.name,
  pg_temp.complete(10 + n.nth::integer) as id
from unnest(array['waiting', 'stored']) with ordinality as n (name, nth);
update basepool.output_files set again_at = 'infinity';
select pg_temp.record(pg_temp.stored(pg_temp.take('stored')));
delete from public.generations;
select results_eq(
  'select o.name, f.state from own as o inner join basepool.output_files as f on f.generation_id = o.id',
  $$values ('stored', 'stored')$$, 'what is stored stays'
);
select is_empty('select basepool.claim_deleted_files(9)', 'nothing is deleted');

-- what has no files costs nothing
update basepool.settings set keep_files_of_deleted = false;
delete from basepool.output_files;
select pg_temp.complete(20, '"a text"');
select pg_temp.submit(21);
select lives_ok('delete from public.generations', 'others have none');
select throws_ok('select basepool.claim_deleted_files(0)', 'PT400', 'p_max is 0');

select * from finish();
rollback;
