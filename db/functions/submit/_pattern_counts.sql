-- Which models a pattern is about, whether it is listed or not: those for which no more specific one is.
create or replace function basepool._pattern_counts(p_pattern text, p_model text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  v_found constant text := basepool._find_cutover(p_model);
begin
  return coalesce(
    basepool._matches_pattern(replace(replace(lower(p_pattern), '_', '\_'), '*', '%'), lower(p_model))
    and (
      v_found is null or lower(v_found) = lower(p_pattern)
      or length(replace(v_found, '*', '')) < length(replace(p_pattern, '*', ''))
    )
    , false
  );
end
$$;

revoke all on function basepool._pattern_counts(text, text) from public, anon, authenticated, service_role;

comment on function basepool._pattern_counts(text, text) is
'Whether p_pattern is the one of basepool.cutover that counts for p_model, or would be if it were listed.';
