-- what is in our own row is handed out from there, megabytes at a time; what the app has taken away is gone
begin;
select plan(9);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select
  pg_temp.complete(1, to_jsonb('DATA:image/png;base64,' || repeat('A', 5000000))) as large,
  pg_temp.complete(2, '["data:text/plain,one", "https://replicate.delivery/x/1.png", "data:text/plain,two"]') as small,
  pg_temp.complete(3, to_jsonb('data:image/png;base64,' || repeat('B', 5000000))) as other;
select is((select count(*) from basepool.output_files as f
where f.source_url is null), 4::bigint, 'none of them is there twice');
create temporary table claimed as select c.* from basepool.claim_output_files('keeper', 9) as c;
select results_eq(
  $$select c.nth, c.source_url from claimed as c inner join own as o on c.generation_id = o.small order by c.nth$$,
  $$values (1, 'data:text/plain,one'), (2, 'https://replicate.delivery/x/1.png'), (3, 'data:text/plain,two')$$, 'each as it is'
);
select is(
  (select count(*) from claimed as c inner join own as o on c.generation_id in (o.large, o.other)), 1::bigint
  , 'not ten megabytes at once'
);
select is((select count(*) from basepool.claim_output_files('keeper', 9)), 1::bigint, 'the other one comes next');
select results_eq(
  $$select pg_temp.record(pg_temp.stored(pg_temp.lease(o.large))), g.output_urls[1] like 'https://cdn.example.com/%'
  from own as o inner join public.generations as g on g.id = o.large$$,
  $$values ('stored', false)$$, 'what is stored'
);
select ok(
  (
    select g.output_urls[1] like 'https://cdn.example.com/%/1.webp' from own as o
    inner join public.generations as g on o.large = g.id
  )
  , 'takes its place'
);

select pg_temp.record(pg_temp.failed(pg_temp.lease(o.other), 'store_failed')) from own as o;
update public.generations as g set output_urls = array['https://app.example.com/own.png']
from own as o
where g.id = o.other;
select pg_temp.pass('1 minute');
select is_empty(
  $$select from basepool.claim_output_files('keeper', 9) as c inner join own as o on o.other = c.generation_id$$, 'there is nothing'
);
select results_eq(
  $$select f.state, f.error_code from basepool.output_files as f inner join own as o on o.other = f.generation_id$$,
  $$values ('failed', 'source_gone')$$, 'and it is said'
);
select is(
  (select g.output_urls from own as o inner join public.generations as g on o.other = g.id)
  , array['https://app.example.com/own.png'], 'the app''s own stays'
);

select * from finish();
rollback;
