-- Is what Replicate shows what we sent? On its way it may be rewritten: files (data: and http URLs) are moved, defaults are filled
-- in, keys that a model does not know are dropped, values are made the type that it wants, numbers become doubles or floats.
-- What may have come from ours proves nothing; what can't have, another text or another number, does.
create or replace function basepool._compare_inputs(p_ours jsonb, p_theirs jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_ours text;
  v_theirs text;
  v_verdicts text[];
begin
  if p_ours = p_theirs then
    return 'same';
  elsif jsonb_typeof(p_ours) <> jsonb_typeof(p_theirs) then
    return 'perhaps';
  elsif jsonb_typeof(p_ours) = 'number' then
    return basepool._compare_numbers((p_ours #>> '{}')::numeric, (p_theirs #>> '{}')::numeric);
  elsif jsonb_typeof(p_ours) = 'string' then
    v_ours := p_ours #>> '{}';
    v_theirs := p_theirs #>> '{}';
    return case
      when v_ours ~* '^\s*(data:|https?://)' or btrim(v_ours, E' \t\n\r') = btrim(v_theirs, E' \t\n\r') then 'perhaps'
      else 'different'
    end;
  elsif jsonb_typeof(p_ours) = 'object' then
    select array_agg(
      case when o.value is null or t.value is null then 'perhaps' else basepool._compare_inputs(o.value, t.value) end
    ) into v_verdicts
    from jsonb_each(p_ours) as o (key, value)
    full join jsonb_each(p_theirs) as t (key, value) on t.key = o.key;
  elsif jsonb_typeof(p_ours) = 'array' and jsonb_array_length(p_ours) = jsonb_array_length(p_theirs) then
    select array_agg(basepool._compare_inputs(o.value, p_theirs -> (o.place::integer - 1))) into v_verdicts
    from jsonb_array_elements(p_ours) with ordinality as o (value, place);
  else
    return 'different';
  end if;
  return case when 'different' = any(v_verdicts) then 'different' when 'perhaps' = any(v_verdicts) then 'perhaps' else 'same' end;
end
$$;

revoke all on function basepool._compare_inputs(jsonb, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._compare_inputs(jsonb, jsonb) is
'Compares an input that was sent (p_ours) with one that Replicate shows (p_theirs). Returns same (numbers: as doubles), different
(provably another one) or perhaps (files rewritten, keys added or dropped, types changed).';
