-- As whoever reads JSON does it: what is too large is infinite and what is too small is nothing, where a cast would raise an error.
create or replace function basepool._as_double(p_number numeric)
returns double precision
language sql
immutable
set search_path = ''
as $$
  select case
    when abs(p_number) > 1.7976931348623158e308 then case when p_number > 0 then 'infinity' else '-infinity' end::double precision
    when abs(p_number) < 4.95e-324 then 0
    else p_number::double precision
  end
$$;

revoke all on function basepool._as_double(numeric) from public, anon, authenticated, service_role;

comment on function basepool._as_double(numeric) is
'The double that p_number is read as, without an error for what is out of range.';
