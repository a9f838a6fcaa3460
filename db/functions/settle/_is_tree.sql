-- Nearly all outputs are a string or a list of strings, and cost little to read. Inlined.
create or replace function basepool._is_tree(p_output jsonb)
returns boolean
language sql
immutable
begin atomic
  select coalesce(
    p_output operator(pg_catalog.@?) 'strict $[*] ? (@.type() != "string" && @.type() != "null")'
    , jsonb_typeof(p_output) = 'object'
  );
end;

revoke all on function basepool._is_tree(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._is_tree(jsonb) is
'Whether (a part of) an output is an object, or a list with more in it than strings and nulls.';
