-- what was given up within the hour is tried anew, as long as Replicate has it; by its id whatever it is
begin;
select plan(8);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select
  s.n,
  pg_temp.complete(
    s.n
    , (case s.n when 3 then '"data:text/plain,one"' else '"https://replicate.delivery/1.png"' end)::jsonb
    , (case s.n when 2 then '58 minutes' else '0 minutes' end)::interval
  ) as id
from generate_series(1, 4) as s (n);
select * from basepool.claim_output_files('keeper', 9);
select pg_temp.record(pg_temp.failed(pg_temp.lease(o.id), 'store_refused')) from own as o
where o.n < 4;
select is(basepool.retry_output_files(), 3, 'all of them');
select results_eq(
  $$select distinct f.state, f.tries, f.failed_at, f.since = basepool.now(), f.error_code from basepool.output_files as f
  where f.state <> 'storing'$$,
  $$values ('waiting', 0, null::timestamptz, true, 'store_refused')$$, 'as if they had never been tried'
);
select is(basepool.retry_output_files(), 0, 'once');
select * from basepool.claim_output_files('keeper', 9);
select pg_temp.record(pg_temp.failed(pg_temp.lease(o.id), 'store_refused')) from own as o
where o.n < 4;
select pg_temp.pass('3 minutes');
select is(basepool.retry_output_files(), 2, 'what is gone at Replicate is not');
select is((select basepool.retry_output_files(o.id) from own as o
where o.n = 2), 1, 'unless somebody insists');
select is((select basepool.retry_output_files(o.id) from own as o
where o.n = 4), 0, 'nothing has failed there');
select throws_ok(
  $$select basepool.retry_output_files('00000000-0000-4000-8000-000000000000')$$, 'PT404'
  , 'there is no generation 00000000-0000-4000-8000-000000000000'
);
select is((select count(*) from basepool.audit as a
where a.action = 'outputs retry'), 5::bigint, 'it is known who did it');

select * from finish();
rollback;
