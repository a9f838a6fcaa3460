-- Models answer with a URL, a list, or an object around one; the app knows these shapes and expects a plain list.
create or replace function basepool._extract_output_urls(p_output jsonb)
returns text []
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_type constant text := jsonb_typeof(p_output);
  v_urls text[];
  v_key text;
begin
  if v_type = 'array' then
    select array_agg(e.value #>> '{}' order by e.nth) into v_urls
    from jsonb_array_elements(p_output) with ordinality as e (value, nth)
    where jsonb_typeof(e.value) = 'string' and e.value #>> '{}' ~* '^(https?://|data:)';
  elsif v_type = 'string' then
    v_urls := case when p_output #>> '{}' ~* '^(https?://|data:)' then array[p_output #>> '{}'] end;
  elsif v_type = 'object' then
    foreach v_key in array array['url', 'video', 'output', 'result'] loop
      if jsonb_typeof(p_output -> v_key) in ('string', 'array') then
        v_urls := v_urls || basepool._extract_output_urls(p_output -> v_key);
      end if;
    end loop;
  end if;
  return v_urls;
end
$$;

revoke all on function basepool._extract_output_urls(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._extract_output_urls(jsonb) is
'The URLs in a prediction''s output: a string, a list of strings, or an object with url, video, output or result. Returns null
when there are none. Source: the shapes the app handles; https:// and data: URLs, as Replicate''s API has them.';
