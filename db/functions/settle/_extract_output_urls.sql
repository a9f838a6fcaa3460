-- The app expects a plain list of what was made, in whatever shape the model says it.
create or replace function basepool._extract_output_urls(p_output jsonb)
returns text []
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_type constant text := jsonb_typeof(p_output);
  v_urls text[] := array[]::text[];
  v_url text;
begin
  if v_type = 'string' then
    v_url := p_output #>> '{}';
    return case when basepool._is_file(v_url) then array[v_url] end;
  elsif v_type = 'array' and jsonb_array_length(p_output) <= 100 and not basepool._is_tree(p_output) then
    -- a loop over a short list costs half of what a query does
    for i in 0 .. jsonb_array_length(p_output) - 1 loop
      v_url := p_output ->> i;
      if not basepool._is_file(v_url) then
        return null;
      elsif v_url is not null and v_url <> all(v_urls) then
        v_urls := v_urls || v_url;
      end if;
    end loop;
    return case when cardinality(v_urls) > 0 then v_urls end;
  -- most trees that are large are transcripts and measures without a file
  elsif v_type in ('array', 'object') and jsonb_path_exists(
    p_output, 'strict $.** ? (@.type() == "string") ? (@ like_regex "^(https?://|data:)" flag "i")'
  ) then
    select array_agg(f.url order by f.place) into v_urls
    from (
      select w.content as url, min(w.place) as place
      from basepool._walk_output(p_output) as w
      where w.kind = 'file'
      group by w.content
    ) as f;
    return v_urls;
  end if;
  return null;
end
$$;

revoke all on function basepool._extract_output_urls(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._extract_output_urls(jsonb) is
'The files in a prediction''s output: every string that is a URL as a whole (_is_file), wherever it stands, in the tree''s order,
once each; not the pieces of a text (_is_stream). Returns null when there are none.';
