-- Where nothing keeps the files, the links are all there is of them.
create or replace function basepool._urls_as_files(p_urls text [], p_thumbs text [])
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'nth', u.nth, 'kind', null, 'state', 'not kept', 'url', basepool._cut_url(u.url)
    , 'thumb_url', basepool._cut_url(p_thumbs[u.nth])
  ) order by u.nth), '[]')
  from (select o.* from unnest(p_urls) with ordinality as o (url, nth) limit 100) as u
$$;

revoke all on function basepool._urls_as_files(text[], text[]) from public, anon, authenticated, service_role;

comment on function basepool._urls_as_files(text[], text[]) is
'The first 100 links of a generation whose files are not kept, as page_generation lists files; state: not kept.';
