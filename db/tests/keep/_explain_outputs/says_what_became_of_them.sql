-- of one that is completed it is said what became of its files, and to people why
begin;
select plan(11);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select pg_temp.complete(1, (select jsonb_agg('https://replicate.delivery/' || s.n) from generate_series(1, 3) as s (n))) as id;
grant select on own to authenticated;
create function pg_temp.why() returns text
language sql as $$
  select basepool._explain_generation(o.id) ->> 'reason' from own as o
$$;
select is(pg_temp.why(), 'it has ended; files waiting to be copied: 3', 'nobody has them yet');
select * from basepool.claim_output_files('keeper', 9);
select is(pg_temp.why(), 'it has ended; files being copied: 3', 'somebody has');
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id))) from own as o;
select pg_temp.record(pg_temp.failed(pg_temp.lease(o.id, 2), 'store_failed', 'HTTP 503')) from own as o;
select is(
  pg_temp.why(), 'it has ended; files kept: 1 of 3, being copied: 1, waiting to be copied: 1 (store_failed)', 'each in its own way'
);
select pg_temp.record(pg_temp.failed(pg_temp.lease(o.id, 3), 'too_large', '3 GB')) from own as o;
select is(
  pg_temp.why(), 'it has ended; files kept: 1 of 3, waiting to be copied: 1 (store_failed), not kept: 1 (too_large)', 'or not'
);
select is(basepool._explain_generation(o.id) ->> 'error', '3 GB', 'why') from own as o;
select is(
  (basepool._explain_generation(o.id) ->> 'tried_again_at')::timestamptz, f.again_at, 'and when it is tried again'
) from own as o inner join basepool.output_files as f on o.id = f.generation_id and f.nth = 2;
select pg_temp.sign_in(1);
select is(
  public.explain_generation(o.id) - 'tried_again_at'
  , '{"status": "completed", "waits_for": "nothing"
  , "reason": "it has ended; files kept: 1 of 3, waiting to be copied: 1 (store_failed), not kept: 1 (too_large)"}'::jsonb
  , 'its owner hears that, too'
) from own as o;
select pg_temp.sign_out();
select is(
  (select jsonb_path_query_array(basepool.get_generation(o.id), '$.output_files[*].state') from own as o)
  , '["stored", "waiting", "failed"]'::jsonb, 'people see each'
);
select is(
  basepool._explain_generation(pg_temp.complete(2, '"a text"')) ->> 'reason', 'it has ended', 'where there is none, nothing'
);
select is(
  basepool._explain_generation(pg_temp.complete(2, '"a text"')) -> 'error', null, 'at all'
);
select is(basepool._explain_outputs(null), null, 'of nothing');

select * from finish();
rollback;
