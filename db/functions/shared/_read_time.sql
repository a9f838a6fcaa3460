-- What is said to be a time may be anything.
create or replace function basepool._read_time(p_text text)
returns timestamptz
language plpgsql
stable
set search_path = ''
-- Replicate writes the zone; where it does not, it means this one
set timezone = 'UTC'
as $$
begin
  return case when p_text ~ '^\s*\d{4}-\d\d-\d\d[T ]\d\d:\d\d' then p_text::timestamptz end;
exception when data_exception then
  return null;
end
$$;

revoke all on function basepool._read_time(text) from public, anon, authenticated, service_role;

comment on function basepool._read_time(text) is
'An ISO 8601 time as a timestamptz; null for what is none.';
