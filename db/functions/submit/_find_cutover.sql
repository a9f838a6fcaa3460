-- Which row of basepool.cutover counts for a model, if any: the most specific pattern, as with basepool.models.
create or replace function basepool._find_cutover(
  p_model text,
  p_pattern text default null,
  p_percent numeric default null,
  out pattern text,
  out percent numeric
)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_model constant text := lower(p_model);
begin
  select c.pattern, c.percent into pattern, percent
  from (
    select o.pattern, o.percent from basepool.cutover as o where p_pattern is null or lower(o.pattern) <> lower(p_pattern)
    union all
    select p_pattern, p_percent where p_pattern is not null
  ) as c
  cross join lateral (select replace(replace(lower(c.pattern), '_', '\_'), '*', '%') as likeness) as l
  where
    (v_model like l.likeness or split_part(v_model, ':', 1) like l.likeness)
    -- a version without a name belongs to nobody
    and (v_model like '%/%' or c.pattern = '*' or lower(c.pattern) = v_model)
  order by length(replace(c.pattern, '*', '')) desc, c.pattern
  limit 1;
end
$$;

revoke all on function basepool._find_cutover(text, text, numeric) from public, anon, authenticated, service_role;

comment on function basepool._find_cutover(text, text, numeric) is
'The row of basepool.cutover for p_model, whatever its case; nulls where none matches. p_pattern, p_percent: as if this row were there
as well, instead of one with the same pattern.';
