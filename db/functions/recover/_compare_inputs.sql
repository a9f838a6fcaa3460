-- Is what Replicate shows what we sent? Replicate may rewrite files (data: and http URLs), fill in defaults or drop what a
-- model does not know, so a difference there proves nothing; a difference in anything else does.
create or replace function basepool._compare_inputs(p_ours jsonb, p_theirs jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  v_verdicts text[];
begin
  if p_ours = p_theirs then
    return 'same';
  elsif jsonb_typeof(p_ours) <> jsonb_typeof(p_theirs) then
    return 'different';
  elsif jsonb_typeof(p_ours) = 'string' then
    return case
      when p_ours #>> '{}' ~* '^(data:|https?://)' and p_theirs #>> '{}' ~* '^(data:|https?://)' then 'perhaps'
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
  return case when 'different' = any(v_verdicts) then 'different' else 'perhaps' end;
end
$$;

revoke all on function basepool._compare_inputs(jsonb, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._compare_inputs(jsonb, jsonb) is
'Compares an input that was sent (p_ours) with one that Replicate shows (p_theirs). Returns same, different (provably another
one) or perhaps (files rewritten, keys added or dropped).';
