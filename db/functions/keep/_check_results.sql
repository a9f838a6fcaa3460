-- A set that is none is its caller's fault; what is wrong with one result is that one's.
create or replace function basepool._check_results(p_results jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if jsonb_typeof(p_results) is distinct from 'array' or jsonb_array_length(p_results) > 1000 then
    raise exception using
      errcode = 'PT400',
      message = 'p_results is not a JSON array of at most 1000 results',
      hint = 'Pass [{...}, ...].';
  end if;
end
$$;

revoke all on function basepool._check_results(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._check_results(jsonb) is
'Raises PT400 unless p_results is an array of at most 1000 results.';
