-- A text comes in pieces, and a piece that looks like a link is no file.
create or replace function basepool._is_stream(p_output jsonb)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_typeof(p_output) = 'array' and not basepool._is_tree(p_output)
    and exists (select from jsonb_array_elements_text(p_output) as e (piece) where not basepool._is_file(e.piece));
end
$$;

revoke all on function basepool._is_stream(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._is_stream(jsonb) is
'Whether (a part of) an output is a text in pieces: a list of nothing but strings and nulls, of which some string is no file.';
