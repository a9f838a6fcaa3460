-- Which row of basepool.models counts for a model, if any: the most specific pattern. A version hides behind no other name, so
-- that what is listed as dear can't be had as cheap.
create or replace function basepool._find_model(p_model text)
returns basepool.models
language plpgsql
stable
set search_path = ''
as $$
declare
  v_model constant text := lower(p_model);
  v_found basepool.models;
begin
  select m.* into v_found
  from basepool.models as m
  cross join lateral (select replace(replace(lower(m.pattern), '_', '\_'), '*', '%') as likeness) as l
  where
    (v_model like l.likeness or split_part(v_model, ':', 1) like l.likeness)
    and (v_model not like 'deployments/%' or lower(m.pattern) like 'deployments/%')
    and (v_model like '%/%' or lower(m.pattern) = v_model)
  order by length(replace(m.pattern, '*', '')) desc, m.pattern
  limit 1;
  return v_found;
end
$$;

revoke all on function basepool._find_model(text) from public, anon, authenticated, service_role;

comment on function basepool._find_model(text) is
'The row of basepool.models for p_model (as in generations.replicate_model), whatever its case; nulls where none matches.';
