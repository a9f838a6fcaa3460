-- Models answer with a URL, a list, or an object around one; the app knows these shapes and expects a plain list.
create or replace function basepool._extract_output_urls(p_output jsonb)
returns text []
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (
    select array_agg(u.url order by u.nth)
    from (
      select v.value #>> '{}' as url, v.nth
      from (
        select p_output as value, 1::bigint as nth where jsonb_typeof(p_output) = 'string'
        union all
        select e.value, e.nth
        from jsonb_array_elements(case jsonb_typeof(p_output) when 'array' then p_output else '[]' end)
          with ordinality as e (value, nth)
        union all
        select i.value, k.nth * 1000000 + i.nth
        from unnest(array['url', 'video', 'output', 'result']) with ordinality as k (name, nth)
        cross join lateral jsonb_array_elements(
          case
            when jsonb_typeof(p_output) <> 'object' or not p_output ? k.name then '[]'
            when jsonb_typeof(p_output -> k.name) = 'array' then p_output -> k.name
            else jsonb_build_array(p_output -> k.name)
          end
        ) with ordinality as i (value, nth)
      ) as v
      where jsonb_typeof(v.value) = 'string'
    ) as u
    where u.url ~* '^(https?://|data:)'
  );
end
$$;

revoke all on function basepool._extract_output_urls(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._extract_output_urls(jsonb) is
'The URLs in a prediction''s output: a string, a list of strings, or an object with url, video, output or result. Returns
null when there are none. Source: the shapes the app handles; https:// and data: URLs, as Replicate''s API has them.';
