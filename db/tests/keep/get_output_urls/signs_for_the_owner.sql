-- the owner and the app's server get links: lasting ones for what is public, signed ones that end for what is private, and before
-- it is kept what output_urls has
begin;
select plan(17);
\ir ../../helpers.psql
\ir ../outputs.psql

select pg_temp.add_tokens(1);
create temporary table own as
select pg_temp.complete(1, '["https://replicate.delivery/a.png", "https://replicate.delivery/b.png"]') as id;
grant select on own to authenticated, service_role;
select pg_temp.sign_in(1);
select results_eq(
  'select u.nth, u.url, u.thumb_url, u.content_type from own as o cross join lateral public.get_output_urls(o.id) as u',
  $$values (1, 'https://replicate.delivery/a.png', null, null), (2, 'https://replicate.delivery/b.png', null, null)$$
  , 'as Replicate has them'
);
select pg_temp.sign_out();
select is((select o.secret from basepool.output_secret as o), null, 'nothing was to be signed');

select * from basepool.claim_output_files('keeper', 9);
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id))) from own as o;
select pg_temp.record(pg_temp.stored(pg_temp.lease(o.id, 2), true)) from own as o;
select pg_temp.sign_in(1);
create temporary table links as
select u.* from own as o cross join lateral public.get_output_urls(o.id, 60) as u;
select pg_temp.sign_out();
select results_eq(
  'select l.url, l.thumb_url, l.content_type, l.size, l.width, l.height, l.seconds from links as l where l.nth = 1',
  $$select 'https://cdn.example.com/' || k.hint || '.webp', 'https://cdn.example.com/' || k.hint || '-thumb.webp', 'image/webp'
  , 1234::bigint, 512, 768, null::numeric
  from own as o cross join lateral (select basepool._key_hint(pg_temp.user_id(1), o.id, 1) as hint) as k$$,
  'a public one as it is'
);
create temporary table parts as
select
  regexp_match(l.url, '^(.*)\?expires=(\d+)&signature=([0-9a-f]{64})$') as url,
  regexp_match(l.thumb_url, '^(.*)\?expires=(\d+)&signature=([0-9a-f]{64})$') as thumb
from links as l
where l.nth = 2;
select is(p.url[1], 'https://cdn.example.com/' || k.hint || '.webp', 'a private one with a signature') from parts as p
cross join own as o cross join lateral (select basepool._key_hint(pg_temp.user_id(1), o.id, 2) as hint) as k;
select is(p.url[2]::bigint, floor(extract(epoch from basepool.now()))::bigint + 60, 'that ends') from parts as p;
select is(
  p.url[3]
  , encode(basepool._hmac_sha256(
    convert_to(basepool.get_output_secret(), 'UTF8'), convert_to(k.hint || E'.webp\n' || p.url[2], 'UTF8')
  ), 'hex'), 'and fits key and end'
) from parts as p
cross join own as o cross join lateral (select basepool._key_hint(pg_temp.user_id(1), o.id, 2) as hint) as k;
select is(
  p.thumb[3]
  , encode(basepool._hmac_sha256(
    convert_to(basepool.get_output_secret(), 'UTF8'), convert_to(k.hint || E'-thumb.webp\n' || p.thumb[2], 'UTF8')
  ), 'hex'), 'its thumbnail has one of its own'
) from parts as p
cross join own as o cross join lateral (select basepool._key_hint(pg_temp.user_id(1), o.id, 2) as hint) as k;
select is(
  basepool._sign_url('https://x/y?z=1', 'k', true, 1, 's'), 'https://x/y?z=1&expires=1&signature='
  || encode(basepool._hmac_sha256('s', E'k\n1'), 'hex'), 'beside what is there'
);

-- others
select pg_temp.sign_in(2);
select throws_like('select public.get_output_urls(o.id) from own as o', 'there is no generation % of yours', 'somebody else');
select throws_ok('select public.get_output_urls(null)', 'PT404', 'there is no generation null of yours');
select pg_temp.sign_out();
set local role service_role;
select is(
  (select count(u.url) from own as o cross join lateral public.get_output_urls(o.id) as u), 2::bigint, 'the app''s server'
);
reset role;
select throws_ok('select public.get_output_urls(o.id, 0) from own as o', 'PT400', 'p_seconds is 0');
select throws_ok('select public.get_output_urls(o.id, 604801) from own as o', 'PT400', 'p_seconds is 604801');
select throws_ok('select public.get_output_urls(o.id, null) from own as o', 'PT400', 'p_seconds is null');

-- what has no files
create temporary table words as select pg_temp.complete(1, '"a text"') as id;
create temporary table pending as select pg_temp.submit(1) as id;
grant select on words, pending to service_role;
set local role service_role;
select is_empty('select public.get_output_urls(w.id) from words as w', 'a text has none');
select is_empty('select public.get_output_urls(p.id) from pending as p', 'nor has what waits');
reset role;
select is((select count(*) from basepool.output_secret as o
where o.secret is not null), 1::bigint, 'one secret for all');

select * from finish();
rollback;
