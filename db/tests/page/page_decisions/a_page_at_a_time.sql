-- newest first, a page at a time; of very many claims in a second some are kept
begin;
select plan(13);
\ir ../../helpers.psql

select basepool.configure('{"user_active_limit": 1000}');
select pg_temp.add_tokens(2, 100);
select pg_temp.submit_many(80);
select is(basepool.page_decisions(), '{"rows": [], "next": null}', 'nothing was decided');
do $$
begin
  for v_claim in 1..60 loop
    perform basepool.claim_generations('w' || v_claim, 1);
    perform pg_temp.pass('1 millisecond');
  end loop;
end
$$;
select is((select count(*) from basepool.decisions), 50::bigint, 'the first fifty of a second');
select pg_temp.pass('1 second');
select count(*) from basepool.claim_generations('late', 3);
create temporary table page as select basepool.page_decisions(null, 20) as one;
select is(
  (one #> '{rows,0}') - array['id', 'at', 'says'], '{"worker": "late", "asked": 3, "given": 3, "answer": "lease"}', 'newest first'
) from page;
select matches(one #>> '{rows,0,says}', '^[12] to token \d+, [12] to token \d+$', 'in short') from page;
create temporary table pages as
with recursive p as (
  select
    1 as nth,
    basepool.page_decisions(null, 20) as one
  union all
  select
    p.nth + 1,
    basepool.page_decisions(p.one ->> 'next', 20)
  from p
  where p.one ->> 'next' is not null
)

select * from p;
select is((select array_agg(jsonb_array_length(one -> 'rows') order by nth) from pages), array[20, 20, 11], 'page by page');
select is(
  (select count(distinct r ->> 'id') from pages cross join jsonb_array_elements(one -> 'rows') as r), 51::bigint, 'each once'
);
select throws_ok($$select basepool.page_decisions('x')$$, 'PT400', 'p_cursor is no place in this list: ''x''', 'no place');
select throws_ok($$select basepool.page_decisions('-1')$$, 'PT400', null, 'none');
select throws_ok($$select basepool.page_decisions('99999999999999999999')$$, 'PT400', null, 'too far');
select throws_ok('select basepool.page_decisions(null, 0)', 'PT400', 'p_limit is 0', 'too few');
select throws_ok('select basepool.page_decisions(null, 101)', 'PT400', 'p_limit is 101', 'too many');

-- with many tokens a row is long, and there are fewer
select pg_temp.pass('2 seconds');
select count(*) from (select l.token_id from generate_series(3, 50) as s (n)
cross join lateral basepool.add_token('r8_token_number_' || s.n, 'sim-' || s.n, 'user') as l) as t;
delete from basepool.decisions;
do $$
begin
  for v_claim in 1..15 loop
    perform basepool.claim_generations('w' || v_claim, 1);
    perform pg_temp.pass('1 millisecond');
  end loop;
end
$$;
select is((select count(*) from basepool.decisions), 10::bigint, 'ten a second of fifty tokens');
-- a clock that was set back
select pg_temp.pass('-1 hour');
select count(*) from basepool.claim_generations('back', 1);
select is(basepool.page_decisions() #>> '{rows,0,worker}', 'back', 'stops nothing');

select * from finish();
rollback;
