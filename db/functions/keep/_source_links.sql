-- An app that makes copies of its own has written them over some of the links: those are nobody's to fetch again.
create or replace function basepool._source_links(p_urls text [], p_output jsonb)
returns text []
language sql
immutable
set search_path = ''
as $$
  select array_agg(
    case
      -- a link that is there twice is one file
      when u.nth = array_position(p_urls, u.url)
        and (left(u.url, 300) ~* '^(https://([a-z0-9-]+\.)*replicate\.delivery/|data:)' or u.url = any(s.urls)) then u.url
    end
    order by u.nth
  )
  from unnest(p_urls) with ordinality as u (url, nth)
  cross join (select basepool._extract_output_urls(p_output) as urls) as s
$$;

revoke all on function basepool._source_links(text[], jsonb) from public, anon, authenticated, service_role;

comment on function basepool._source_links(text[], jsonb) is
'p_urls, a generation''s output_urls, with null in place of whatever is no source: neither a link of Replicate''s nor a data: URL,
nor in p_output, the prediction''s output; or is there a second time.';
