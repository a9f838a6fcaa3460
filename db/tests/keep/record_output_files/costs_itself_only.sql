-- what makes no sense costs its own file a try, and nobody else anything; who has lost the lease changes nothing
begin;
select plan(14);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select
  s.n,
  pg_temp.complete(s.n) as id
from generate_series(1, 9) as s (n);
select * from basepool.claim_output_files('keeper', 20);
create temporary table told as
select
  row_number() over () as n,
  r.outcome
from (
  select jsonb_agg(pg_temp.stored(pg_temp.lease(o.id)) || case o.n
    when 1 then '{"key": ""}' when 2 then '{"sha256": "abc"}' when 3 then '{"size": -1}' when 4 then '{"is_private": "perhaps"}'
    when 5 then '{"url": null}' when 6 then '{"key": "../../etc/passwd"}'
    when 7 then '{"width": 1.5, "height": "tall", "seconds": [], "thumb_key": null}' when 8 then '{"content_type": null}'
    else '{}' end::jsonb order by o.n) as results
  from own as o
) as p
cross join lateral basepool.record_output_files(
  p.results || '[7, null, "x", {}, {"lease": "x", "outcome": "stored"}, {"lease": "00000000-0000-4000-8000-000000000000"}]'
) as r;
select set_eq(
  $$select t.n::integer from told as t where t.outcome = 'stored'$$, array[7, 9], 'what can be found again is stored'
);
select set_eq(
  $$select t.n::integer from told as t where t.outcome = 'waiting'$$, array[1, 2, 3, 4, 5, 6, 8], 'what can''t be is not'
);
select is((select count(*) from told as t
where t.outcome = 'lost'), 6::bigint, 'what says nothing is nobody''s');
select results_eq(
  $$select f.width, f.height, f.seconds, f.thumb_key, f.thumb_url is null from basepool.output_files as f
  inner join own as o on o.id = f.generation_id where o.n = 7$$,
  $$values (null::integer, null::integer, null::numeric, null::text, false)$$, 'a measure that is none is not known'
);
select set_eq(
  $$select f.error_code from basepool.output_files as f where f.state = 'waiting'$$, array['store_failed'], 'and why'
);

-- the same again, because a connection broke
select is(
  (
    select array_agg(r.outcome) from basepool.record_output_files('[
      {
        "lease": "00000000-0000-4000-8000-00000000000a", "outcome": "stored"
        , "generation_id": "00000000-0000-4000-8000-0000000000aa", "nth": 4
      }
    ]') as r
    where r.generation_id = '00000000-0000-4000-8000-0000000000aa' and r.nth = 4
  ), array['lost'], 'it says which one it was'
);

-- an error of somebody else's
update basepool.output_files as f set again_at = null
where f.state = 'waiting';
select pg_temp.record(pg_temp.failed(pg_temp.claim(), 'store_failed', E'line\none\t' || repeat('x', 500)));
select matches(f.error, '^line one x{191}\.\.\.$', 'in one line') from basepool.output_files as f
where f.error like 'line%';
select is(length(f.error), 203, 'of some length') from basepool.output_files as f
where f.error like 'line%';
select pg_temp.record(pg_temp.failed(pg_temp.claim(), 'store_failed', null) - 'error');
select is((select count(*) from basepool.output_files as f
where f.error = 'without a word'), 6::bigint, 'or without');
select throws_ok($$select basepool.record_output_files('{}')$$, 'PT400', 'p_results is not a JSON array of at most 1000 results');
select throws_ok($$select basepool.record_output_files(null)$$, 'PT400', 'p_results is not a JSON array of at most 1000 results');
select throws_ok(
  $$select basepool.record_output_files((select jsonb_agg(s.n) from generate_series(1, 1001) as s (n)))$$, 'PT400'
  , 'p_results is not a JSON array of at most 1000 results'
);
select is_empty($$select basepool.record_output_files('[]')$$, 'none is none');
select is_empty($$select basepool.renew_output_files(null)$$, 'and nobody holds none');

select * from finish();
rollback;
