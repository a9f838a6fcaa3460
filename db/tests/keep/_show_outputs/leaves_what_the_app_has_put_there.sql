-- what is there twice is one file; what the app has put there by itself, links and thumbnails, is not overwritten
begin;
select plan(7);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create function pg_temp.shown() returns setof public.generations
language sql as $$
  select g.* from public.generations as g
$$;
create temporary table own as
select pg_temp.complete(1, '["https://replicate.delivery/a.png", "https://replicate.delivery/b.png"]') as id;
update public.generations set
  output_urls = array[
    'https://replicate.delivery/a.png', 'https://app.example.com/b.png', 'https://replicate.delivery/a.png'
  ], output_thumbs = array[null, 'https://app.example.com/b-small.png', null];
select * from basepool.claim_output_files('keeper', 9);
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id))) from own as o;
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id, 2))) from own as o;
select results_eq(
  'select s.output_urls[1] like $a$https://cdn.example.com/%/1.webp$a$, s.output_urls[2], s.output_urls[1] = s.output_urls[3]
  from pg_temp.shown() as s',
  $$values (true, 'https://app.example.com/b.png', true)$$, 'links'
);
select results_eq(
  'select s.output_thumbs[1] like $a$%/1-thumb.webp$a$, s.output_thumbs[2], s.output_thumbs[1] = s.output_thumbs[3]
  from pg_temp.shown() as s',
  $$values (true, 'https://app.example.com/b-small.png', true)$$, 'thumbnails'
);

-- the app has none any more
delete from public.generations;
delete from basepool.output_files;
delete from own;
insert into own select pg_temp.complete(2);
update public.generations set output_urls = null;
select is((select pg_temp.record(pg_temp.stored(pg_temp.claim()))), 'stored', 'it is stored all the same');
select is((select s.output_urls from pg_temp.shown() as s), null, 'and nothing comes back');

-- it is completed a second time, with other files: the app has opened it again
delete from public.generations;
delete from basepool.output_files;
delete from own;
insert into own select pg_temp.complete(3);
select pg_temp.record(pg_temp.stored(pg_temp.claim()));
update public.generations set output_urls = array['https://replicate.delivery/second.png'];
select is(basepool._expect_files(array[o.id], array[null]), 1, 'what was stored is not what is there') from own as o;
select results_eq(
  $$select c.source_url, c.tries from basepool.claim_output_files('keeper', 9) as c$$,
  $$values ('https://replicate.delivery/second.png', 1)$$, 'it is copied anew'
);
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id))) from own as o;
select ok((select s.output_urls[1] like 'https://cdn.example.com/%/1.webp' from pg_temp.shown() as s), 'under the same key');

select * from finish();
rollback;
