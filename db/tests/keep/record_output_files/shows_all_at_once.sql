-- the app's row changes once for all its files, with the last of them, in the order of the model
begin;
select plan(19);
\ir ../../helpers.psql
\ir ../outputs.psql

create temporary table written (id uuid);
create function pg_temp.note() returns trigger
language plpgsql as $$begin insert into written values (new.id); return null; end$$;
select pg_temp.add_tokens(1);
create temporary table own as
select
  pg_temp.complete(
    1, '["https://replicate.delivery/a.png", "https://replicate.delivery/b.mp4", "https://replicate.delivery/c.png"]'
  ) as id;
create trigger note after update on public.generations for each row execute function pg_temp.note();
create function pg_temp.shown(out urls text [], out thumbs text []) returns record
language sql as $$
  select array(select regexp_replace(u.url, '^.*/', '') from unnest(g.output_urls) with ordinality as u (url, n) order by u.n)
    , case when g.output_thumbs is not null then
      array(select regexp_replace(u.url, '^.*/', '') from unnest(g.output_thumbs) with ordinality as u (url, n) order by u.n)
    end
  from own as o inner join public.generations as g on g.id = o.id
$$;
select * from basepool.claim_output_files('keeper', 9);
select is(pg_temp.record(pg_temp.stored(pg_temp.lease(o.id, 3))), 'stored', 'the last one first') from own as o;
select is(pg_temp.record(pg_temp.failed(pg_temp.lease(o.id, 2), 'too_large')), 'failed', 'one is not kept') from own as o;
select is((select s.urls from pg_temp.shown() as s), array['a.png', 'b.mp4', 'c.png'], 'nothing is shown yet');
select is((select count(*) from written), 0::bigint, 'nor written');
select is(pg_temp.record(pg_temp.stored(pg_temp.lease(o.id)) - array['thumb_key', 'thumb_url']), 'stored', 'all') from own as o;
select is((select s.urls from pg_temp.shown() as s), array['1.webp', 'b.mp4', '3.webp'], 'in the order of the model');
select is((select s.thumbs from pg_temp.shown() as s), array[null, null, '3-thumb.webp'], 'their thumbnails beside them');
select is((select count(*) from written), 1::bigint, 'one write');
select is((select g.status from own as o inner join public.generations as g on o.id = g.id), 'completed', 'it stays completed');
select results_eq(
  $$select f.key, f.size, f.sha256, f.content_type, f.width, f.height, f.tries, f.error_code, f.lease, f.stored_at = basepool.now()
  from basepool.output_files as f where f.nth = 3$$,
  $$select basepool._key_hint(pg_temp.user_id(1), o.id, 3) || '.webp', 1234::bigint, repeat('ab', 32), 'image/webp', 512, 768, 1
  , null::text, null::uuid, true from own as o$$,
  'what is known of it'
);

-- what was given up is stored after all: the others stay as they are
select is((select basepool.retry_output_files(o.id) from own as o), 1, 'the one that is missing is tried again');
select is((select s.urls from pg_temp.shown() as s), array['1.webp', 'b.mp4', '3.webp'], 'nothing changes meanwhile');
select is(pg_temp.record(pg_temp.stored(pg_temp.claim())), 'stored', 'it works');
select is((select s.urls from pg_temp.shown() as s), array['1.webp', '2.webp', '3.webp'], 'now all are kept');
select is((select s.thumbs from pg_temp.shown() as s), array[null, '2-thumb.webp', '3-thumb.webp'], 'and its thumbnail, too');

-- private ones show their key; several of one generation in one call are one write
truncate written;
drop trigger note on public.generations;
delete from own;
insert into own select pg_temp.complete(2, '["https://replicate.delivery/a.png", "https://replicate.delivery/b.png"]');
create trigger note after update on public.generations for each row execute function pg_temp.note();
select * from basepool.claim_output_files('keeper', 9);
select results_eq(
  $$select r.nth, r.outcome from own as o cross join lateral basepool.record_output_files(jsonb_build_array(
    pg_temp.stored(pg_temp.lease(o.id, 2), true), pg_temp.stored(pg_temp.lease(o.id, 1), true)
  )) as r$$,
  $$values (2, 'stored'), (1, 'stored')$$, 'in the order of the results'
);
select results_eq(
  'select g.output_urls, g.output_thumbs from own as o inner join public.generations as g on g.id = o.id',
  $$select array[k.hint || '1.webp', k.hint || '2.webp'], array[k.hint || '1-thumb.webp', k.hint || '2-thumb.webp']
  from own as o cross join lateral (select pg_temp.user_id(2) || '/' || o.id || '/' as hint) as k$$, 'the keys'
);
select is((select count(*) from written), 1::bigint, 'one write');

-- where nothing is kept, nothing is written
truncate written;
drop trigger note on public.generations;
delete from own;
insert into own select pg_temp.complete(3);
create trigger note after update on public.generations for each row execute function pg_temp.note();
select pg_temp.record(pg_temp.failed(pg_temp.claim(), 'source_gone'));
select is((select count(*) from written), 0::bigint, 'no write for nothing');

select * from finish();
rollback;
