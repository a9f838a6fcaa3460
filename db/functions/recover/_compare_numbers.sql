-- jsonb keeps every digit, those who pass JSON on keep a double, a model perhaps a float or an integer, and integers
-- beyond 2^53 fare as they may.
create or replace function basepool._compare_numbers(p_ours numeric, p_theirs numeric)
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when basepool._as_double(p_ours) = basepool._as_double(p_theirs) then 'same'
    when p_ours = trunc(p_ours) then case when abs(p_ours) > 9007199254740992 then 'perhaps' else 'different' end
    when abs(p_ours - p_theirs) <= abs(p_ours) * 1.2e-7 or p_theirs in (floor(p_ours), ceil(p_ours)) then 'perhaps'
    else 'different'
  end
$$;

revoke all on function basepool._compare_numbers(numeric, numeric) from public, anon, authenticated, service_role;

comment on function basepool._compare_numbers(numeric, numeric) is
'Compares a number that was sent (p_ours) with one that Replicate shows (p_theirs). Returns same (equal as doubles), perhaps (as
far from each other as floats, cut or rounded to an integer, or p_ours is an integer that no double holds), or different.';
