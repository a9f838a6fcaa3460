-- Which pattern of basepool.cutover counts for a model, if any: the most specific, as with basepool.models.
create or replace function basepool._find_cutover(p_model text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  v_model constant text := lower(p_model);
begin
  return (
    select c.pattern from basepool.cutover as c
    where basepool._matches_pattern(c.likeness, v_model)
    order by c.characters desc, c.pattern
    limit 1
  );
end
$$;

revoke all on function basepool._find_cutover(text) from public, anon, authenticated, service_role;

comment on function basepool._find_cutover(text) is
'The pattern in basepool.cutover for p_model, whatever its case; null where none matches.';
