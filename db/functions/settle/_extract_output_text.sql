-- Text models stream: their output is a list of pieces that belong together.
create or replace function basepool._extract_output_text(p_output jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case
    when basepool._extract_output_urls(p_output) is not null then null
    when jsonb_typeof(p_output) = 'string' then p_output #>> '{}'
    when jsonb_typeof(p_output) = 'array' then (
      select string_agg(e.value #>> '{}', '' order by e.nth)
      from jsonb_array_elements(p_output) with ordinality as e (value, nth)
    )
    when jsonb_typeof(p_output) = 'object' then p_output::text
  end;
end
$$;

revoke all on function basepool._extract_output_text(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._extract_output_text(jsonb) is
'The text in a prediction''s output, the pieces of a list joined; null when the output has URLs or is null.';
