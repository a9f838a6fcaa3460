-- What a model says is to be read as it said it; what it only measured is to be readable at all.
create or replace function basepool._extract_output_text(p_output jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  -- how models name what they say, the surest first
  v_names constant text[] := array[
    'text', 'text_output', 'output_text', 'transcription', 'transcript', 'generated_text', 'full_text', 'answer', 'response'
    , 'completion', 'reply', 'caption', 'captions', 'description', 'translation', 'translated_text', 'summary', 'lyrics', 'ocr'
    , 'markdown', 'content', 'output'
  ];
  v_type constant text := jsonb_typeof(p_output);
  v_text text;
  v_has_files boolean;
begin
  if v_type = 'string' then
    v_text := p_output #>> '{}';
    return case when v_text <> '' and not basepool._is_file(v_text) then v_text end;
  elsif v_type in ('number', 'boolean') then
    return p_output #>> '{}';
  elsif v_type = 'array' and not basepool._is_tree(p_output) then
    select case when bool_or(not basepool._is_file(e.piece)) then nullif(string_agg(e.piece, '' order by e.nth), '') end
    into v_text
    from jsonb_array_elements_text(p_output) with ordinality as e (piece, nth);
    return v_text;
  elsif v_type is null or v_type = 'null' then
    return null;
  end if;

  v_has_files := basepool._extract_output_urls(p_output) is not null;
  -- of those nearest to the top, one of each object; what is beside files in a list has no name
  select string_agg(t.content, E'\n' order by t.place) into v_text
  from (
    select s.*, rank() over (partition by s.parent order by s.rank, case when s.name is not null then s.place end) as nth
      , min(s.depth) over () as least_depth
    from (
      select
        w.place, w.name, w.content, cardinality(w.place) as depth, w.place[:cardinality(w.place) - 1] as parent
        , case
          when w.name is null then 0
          when lower(w.name) ~ '_text$' and lower(w.name) !~ '^(input|prompt|negative|original|source)' then
            coalesce(array_position(v_names, lower(w.name)), 100)
          else array_position(v_names, lower(w.name))
        end as rank
      from basepool._walk_output(p_output) as w
      where
        w.kind in ('text', 'stream') and w.content <> '' and not w.is_echo
        and (v_has_files or not w.is_listed)
    ) as s
    where s.rank is not null
  ) as t
  where t.depth = t.least_depth and t.nth = 1;
  return coalesce(
    v_text
    , case
      when not v_has_files and jsonb_path_exists(
        p_output, 'strict $.** ? (@.type() == "number" || @.type() == "boolean" || (@.type() == "string" && @ != ""))'
      ) then p_output::text
    end
  );
end
$$;

revoke all on function basepool._extract_output_text(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._extract_output_text(jsonb) is
'The text in a prediction''s output: a string or a joined stream (_is_stream); of an object, or of a list with more in it than
strings, what stands under a name that models give to what they say, the highest in the tree. Where there is neither such a
text nor a file, the output itself as JSON: a number, an embedding, labels. Returns null when nothing is left to be said.';
